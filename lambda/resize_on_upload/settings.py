"""The function's environment, read once a cold start into one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import SettingsError
from .sizes import parser as sizes
from .storage.carry_over import CarryOverRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .sizes.size import Size

METRICS = ("none", "essential", "all")

DEFAULT_DECODER_REUSE = 500
"""Images one decoder process decodes where nothing is configured."""

_DEFAULT_MEMORY_MB = 1_769  # where nobody says, as the stack has it


@dataclass(frozen=True, slots=True)
class Settings:
    """What the stack tells the function.

    Attributes:
        original_bucket: The only bucket it reads.
        resized_bucket: The only bucket it writes; never the same.
        account: The account that owns both; every S3 call insists on it.
        sizes: What to make of every upload.
        rejected_queue: URL of the queue of rejected uploads.
        mirror_deletes: Whether sizes go when their original goes.
        carry_over: What variants repeat of their original.
        completion_events: Whether EventBridge is told what became of each key.
        metrics: Which numbers of the log CloudWatch keeps: see telemetry.METRICS.
        memory: MB the function has; set by Lambda itself.
        decoder_reuse: Images that one decoder process decodes, one after another.
    """

    original_bucket: str
    resized_bucket: str
    account: str
    sizes: tuple[Size, ...]
    rejected_queue: str
    mirror_deletes: bool
    carry_over: CarryOverRules
    completion_events: bool
    metrics: str
    memory: int
    decoder_reuse: int = DEFAULT_DECODER_REUSE


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        SettingsError: a variable is missing or wrong; the message names it.
    """
    names = (
        *("ORIGINAL_BUCKET", "RESIZED_BUCKET", "ACCOUNT_ID", "SIZES"),
        *("REJECTED_QUEUE_URL", "MIRROR_DELETES", "METRICS"),
    )
    missing = [name for name in names if not environment.get(name)]
    if missing:
        msg = f"the environment lacks {', '.join(missing)}; deploy the stack again"
        raise SettingsError(msg)
    original, resized, account, configured, queue, mirror, metrics = (
        environment[name] for name in names
    )
    if original == resized:
        msg = f"{original} is both original and resized bucket: uploads would loop"
        raise SettingsError(msg)
    if metrics not in METRICS:
        msg = f"METRICS is {metrics!r}, not one of {', '.join(METRICS)}; deploy again"
        raise SettingsError(msg)
    return Settings(
        original_bucket=original,
        resized_bucket=resized,
        account=account,
        sizes=sizes.parse(configured),
        rejected_queue=queue,
        mirror_deletes=mirror == "true",
        carry_over=CarryOverRules.from_environment(environment),
        completion_events=environment.get("COMPLETION_EVENTS") == "true",
        metrics=metrics,
        memory=int(
            environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", _DEFAULT_MEMORY_MB)
        ),
        decoder_reuse=int(environment.get("DECODER_REUSE", DEFAULT_DECODER_REUSE)),
    )

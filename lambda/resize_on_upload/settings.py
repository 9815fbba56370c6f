"""The function's environment variables, read once per cold start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import SettingsError
from .sizes import parser as sizes
from .sizes.watermarks.files import read_deployed
from .storage.carry_over import CarryOverRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .sizes.size import Size

METRICS = ("none", "essential", "all")

DEFAULT_DECODER_REUSE = 500
"""Images per decoder process, unless configured."""

CORE_MEMORY_MB = 1_769
"""The memory at which Lambda gives a whole vCPU, and the default of the stack.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the stack configures.

    Attributes:
        original_bucket: The only bucket it reads.
        resized_bucket: The only bucket it writes; never the same.
        account: The account that must own both; every S3 call requires it.
        sizes: The sizes to make of every upload.
        rejected_queue: URL of the queue of rejected uploads; empty in the on-request
            function.
        resizer: Name of the resizer; empty in the resizer itself.
        distribution_parameter: Name of the SSM parameter with the id of the
            distribution to invalidate; empty for none, and in the on-request function.
        mirror_deletes: Whether variants are deleted with their original.
        carry_over: What is copied from an original to its variants.
        completion_events: Whether each key's outcome is published to EventBridge.
        metrics: Which numbers of the log CloudWatch keeps: see telemetry.METRICS.
        memory: The function's memory in MB; Lambda sets it.
        decoder_reuse: Images that one decoder process decodes, one after another.
    """

    original_bucket: str
    resized_bucket: str
    account: str
    sizes: tuple[Size, ...]
    rejected_queue: str
    resizer: str
    mirror_deletes: bool
    carry_over: CarryOverRules
    completion_events: bool
    metrics: str
    memory: int
    decoder_reuse: int = DEFAULT_DECODER_REUSE
    distribution_parameter: str = ""

    @property
    def cores(self) -> int:
        """The vCPUs that Lambda gives for the memory; a part of one counts as one."""
        return -(-self.memory // CORE_MEMORY_MB)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        SettingsError: a variable is missing or not valid; the message names it.
    """
    names = (
        *("ORIGINAL_BUCKET", "RESIZED_BUCKET", "ACCOUNT_ID", "SIZES"),
        *("MIRROR_DELETES", "METRICS"),
    )
    missing = [name for name in names if not environment.get(name)]
    if missing:
        msg = f"the environment lacks {', '.join(missing)}; deploy the stack again"
        raise SettingsError(msg)
    original, resized, account, configured, mirror, metrics = (
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
        sizes=sizes.parse(configured, read_deployed),
        rejected_queue=environment.get("REJECTED_QUEUE_URL", ""),
        resizer=environment.get("RESIZER_FUNCTION", ""),
        mirror_deletes=mirror == "true",
        carry_over=CarryOverRules.from_environment(environment),
        completion_events=environment.get("COMPLETION_EVENTS") == "true",
        metrics=metrics,
        memory=int(environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", CORE_MEMORY_MB)),
        decoder_reuse=int(environment.get("DECODER_REUSE", DEFAULT_DECODER_REUSE)),
        distribution_parameter=environment.get("DISTRIBUTION_PARAMETER", ""),
    )

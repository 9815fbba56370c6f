"""Context strings and sizes.json → one checked, typed value; all mistakes at once."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from resize_on_upload import carried, sizes
from resize_on_upload.errors import SizesError
from resize_on_upload.settings import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

ENVIRONMENT_LIMIT = 4_096
"""Bytes of all names and values together:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""

# What the other variables take at most: names, two bucket names, an account, a URL.
_OTHER_VARIABLES = 433
_SIZES_LIMIT = ENVIRONMENT_LIMIT - _OTHER_VARIABLES

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[a-z0-9][a-z0-9-]{1,53}")
# Those that can be read at once.
_CLASSES = (*("INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"),)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_HEADER = re.compile(r"[ -~]{0,200}")
_REFRESH = re.compile(r"[A-Za-z0-9._-]{0,64}")
_LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)


class DeploymentError(Exception):
    """The configuration has mistakes; the message holds all of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment may choose.

    Attributes:
        bucket_prefix: The buckets are `<prefix>-original` and `<prefix>-resized`;
            None for a prefix unique to the account and region.
        original_bucket: An existing bucket to serve in place of a new one, or None.
        architecture: "x86_64" or "arm64".
        memory_size: MB.
        timeout: Seconds an invocation may take.
        reserved_concurrency: Most invocations at once; None leaves it to the account.
        log_retention_days: Days CloudWatch keeps the logs.
        mirror_deletes: Remove the sizes of an original that was deleted.
        cache_control: For variants; empty for none.
        storage_class: Where S3 keeps variants; empty for its standard class.
        resized_expiration_days: After how many S3 removes a size; None for never.
        carry_over: What variants repeat of their original: see the function's carried.
        metrics: What CloudWatch keeps of the log's numbers: METRICS of the function.
        alarm_email: Who is told of alarms; None for nobody.
        dashboard: Whether to make one, and two ready queries of the log.
        resized_events: Whether the resized bucket tells EventBridge of its objects.
        uploader_policy: Whether to make an IAM policy for those who upload.
        delete_buckets_on_destroy: Let `cdk destroy` remove the (emptied) buckets.
        image_refresh: Changing it rebuilds the image with the latest security fixes.
        sizes: The compact text of sizes.json, already proven to parse.
    """

    bucket_prefix: str | None
    original_bucket: str | None
    architecture: str
    memory_size: int
    timeout: int
    reserved_concurrency: int | None
    log_retention_days: int
    mirror_deletes: bool
    cache_control: str
    carry_over: str
    storage_class: str
    resized_expiration_days: int | None
    metrics: str
    alarm_email: str | None
    dashboard: bool
    resized_events: bool
    uploader_policy: bool
    delete_buckets_on_destroy: bool
    image_refresh: str
    sizes: str


def read(context: Mapping[str, Any], sizes_file: Path) -> Settings:
    """Check a deployment's whole configuration.

    Raises:
        DeploymentError: it has mistakes, in the context, in sizes.json or in both.
    """
    mistakes: list[str] = []
    values = {key: _value(key, context, mistakes) for key in _RULES}
    _check_unknown(context, mistakes)
    _check_one_bucket_only(values, mistakes)
    optional = ("cacheControl", "carryOver", "storageClass")
    said = "".join(values[key] or "" for key in optional)
    text = _sizes(sizes_file, mistakes, _SIZES_LIMIT - len(said))
    if mistakes:
        raise DeploymentError("\n".join(mistakes))
    return Settings(**{_snake(key): value for key, value in values.items()}, sizes=text)


def _value(key: str, context: Mapping[str, Any], mistakes: list[str]) -> Any:
    parse, rule, default = _RULES[key]
    given = str(context.get(key, "")).strip() or default
    try:
        return parse(given)
    except ValueError:
        mistakes.append(f"context {key}={given!r}: {rule}")
        return None


def _check_unknown(context: Mapping[str, Any], mistakes: list[str]) -> None:
    for key in context:
        if key in _RULES or re.search(r"[@:/]", key):  # CDK's own keys look like that
            continue
        guess = get_close_matches(key, _RULES, n=1)
        meant = (
            f"did you mean {guess[0]!r}?" if guess else f"known: {', '.join(_RULES)}"
        )
        mistakes.append(f"context {key}: is not a setting; {meant}")


def _check_one_bucket_only(values: dict[str, Any], mistakes: list[str]) -> None:
    original, prefix = values["originalBucket"], values["bucketPrefix"]
    if original and prefix and original == f"{prefix}-resized":
        mistakes.append(
            f"context originalBucket={original!r}: is also the resized bucket, so "
            "every size written would be resized again, without end. Choose another "
            "bucketPrefix"
        )


def _sizes(file: Path, mistakes: list[str], limit: int) -> str:
    name = f"config/{file.name}"
    try:
        text = file.read_text(encoding="utf-8")
        sizes.parse(text)
    except OSError as error:
        mistakes.append(f"{name}: cannot be read: {error.strerror}")
        return ""
    except UnicodeDecodeError as error:
        mistakes.append(f"{name}: is not UTF-8: {error.reason} at byte {error.start}")
        return ""
    except SizesError as error:
        mistakes.extend(f"{name}: {mistake}" for mistake in error.mistakes)
        return ""
    compact = sizes.compact(text)
    if (length := len(compact.encode())) > limit:
        mistakes.append(
            f"{name}: takes {length} bytes in the function's environment, "
            f"{length - limit} more than the {limit} Lambda leaves for "
            "it. Shorten names, or set shared options once at the top"
        )
    return compact


def _snake(key: str) -> str:
    return re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", key)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return parse


def _optional(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: parse(text) if text else None


def _one_of(values: tuple[Any, ...], parse: Callable[[str], Any]) -> Callable[..., Any]:
    def pick(text: str) -> Any:
        return values[values.index(parse(text))]

    return pick


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(text)
        return text

    return parse


def _boolean(text: str) -> bool:
    return ("false", "true").index(text.lower()) == 1


def _carried(text: str) -> str:
    return ",".join(carried.parse(text))


def _own_architecture() -> str:
    """The deployer's own, so that the image builds without emulation."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


# key: how to read it, the rule in words, the default
_RULES: dict[str, tuple[Callable[[str], Any], str, str]] = {
    "bucketPrefix": (
        _optional(_matching(_PREFIX)),
        "must be 2 to 54 lower-case letters, digits or '-', no '-' first: my-photos",
        "",
    ),
    "originalBucket": (
        _optional(_matching(_BUCKET)),
        "must be the name of an existing bucket: my-uploads",
        "",
    ),
    "architecture": (
        _one_of(("x86_64", "arm64"), str),
        "must be x86_64 or arm64",
        _own_architecture(),
    ),
    "memorySize": (_whole(512, 10_240), "must be 512 to 10240 (MB): 1769", "1769"),
    "timeout": (_whole(10, 900), "must be 10 to 900 (seconds): 60", "60"),
    "reservedConcurrency": (
        _optional(_whole(1, 10_000)),
        "must be a whole number from 1, or empty for no limit of its own: 50",
        "",
    ),
    "logRetentionDays": (
        _one_of(_LOG_DAYS, int),
        f"must be one of {', '.join(map(str, _LOG_DAYS))}",
        "30",
    ),
    "mirrorDeletes": (_boolean, "must be true or false", "true"),
    "cacheControl": (
        _matching(_HEADER),
        "must be a Cache-Control header of at most 200 characters: max-age=86400",
        "",
    ),
    "carryOver": (
        _carried,
        (
            "must be names of cache-control, content-disposition, content-language and "
            "metadata:NAME, separated by commas: cache-control,metadata:author"
        ),
        "",
    ),
    "storageClass": (
        _one_of(("", *_CLASSES), str),
        f"must be empty or one of {', '.join(_CLASSES)}",
        "",
    ),
    "resizedExpirationDays": (
        _optional(_whole(1, 36_500)),
        "must be a whole number of days, or empty for never: 90",
        "",
    ),
    "metrics": (
        _one_of(METRICS, str),
        f"must be one of {', '.join(METRICS)}",
        "essential",
    ),
    "alarmEmail": (
        _optional(_matching(_EMAIL)),
        "must be an e-mail address: ops@example.com",
        "",
    ),
    "dashboard": (_boolean, "must be true or false", "true"),
    "resizedEvents": (_boolean, "must be true or false", "false"),
    "uploaderPolicy": (_boolean, "must be true or false", "false"),
    "deleteBucketsOnDestroy": (_boolean, "must be true or false", "false"),
    "imageRefresh": (
        _matching(_REFRESH),
        "must be letters, digits, '.', '_' or '-': 2026-12",
        "",
    ),
}

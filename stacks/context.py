"""Every setting of a deployment: how it is read, its rule, its default, its meaning.

The table of settings in docs/configuration.md is written from it: scripts/reference.py.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload.settings import DEFAULT_DECODER_REUSE, METRICS
from resize_on_upload.storage import carry_over
from stacks import cache_control

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_STACK = "ResizeOnUpload"

ON_DESTROY = (KEEP, DELETE_RESIZED, DELETE_ALL) = (
    "keep",
    "delete-resized",
    "delete-all",
)
"""What becomes of the buckets: all stay; originals stay; none stays."""

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_PREFIX = re.compile(r"[a-z0-9][a-z0-9-]{1,53}")
# An alias is no resource of a policy.
_KMS_KEY = re.compile(
    r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/"
    r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_HEADER = re.compile(r"[ -~]{0,200}")
_REFRESH = re.compile(r"[A-Za-z0-9._-]{0,64}")
_LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)


@dataclass(frozen=True, slots=True)
class Rule:
    """One setting.

    Attributes:
        parse: Its text → its value; raises ValueError where it breaks the rule. A
            second argument of the error says more than the rule does.
        rule: What to do instead, with an example.
        meaning: For the documents, in Markdown.
        default: The text where nothing is said.
        default_told: The default in words, where the text does not tell it.
    """

    parse: Callable[[str], Any]
    rule: str
    meaning: str
    default: str = ""
    default_told: str = ""


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
    return ",".join(carry_over.parse(text))


def _cache_control(text: str) -> str:
    return cache_control.parse(_matching(_HEADER)(text))


def _own_architecture() -> str:
    """The deployer's own, so that the image builds without emulation."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def _switch(default: str, meaning: str) -> Rule:
    return Rule(_boolean, "must be true or false", meaning, default)


def _choice(values: tuple[str, ...], default: str, meaning: str) -> Rule:
    return Rule(
        _one_of(values, str), f"must be one of {', '.join(values)}", meaning, default
    )


def _kms_key(meaning: str) -> Rule:
    return Rule(
        _optional(_matching(_KMS_KEY)),
        (
            "must be the ARN of a KMS key, not of an alias: arn:aws:kms:eu-central-1:"
            "111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
        meaning,
    )


RULES: dict[str, Rule] = {
    "stackName": Rule(
        _matching(_STACK),
        "must be letters, digits or '-', a letter first, at most 128: photos-staging",
        (
            "the stack; another name makes [another stack](operations.md"
            "#more-than-one-stack) in the same account and region"
        ),
        DEFAULT_STACK,
    ),
    "bucketPrefix": Rule(
        _optional(_matching(_PREFIX)),
        "must be 2 to 54 lower-case letters, digits or '-', no '-' first: my-photos",
        "the buckets are `<prefix>-original` and `<prefix>-resized`",
        default_told=(
            "`resize-<account>-<region>`; `resize-<stack>-<account>-<region>` where "
            "`stackName` is given"
        ),
    ),
    "originalBucket": Rule(
        _optional(_matching(_BUCKET)),
        "must be the name of an existing bucket: my-uploads",
        "an existing bucket to serve in place of a new one",
    ),
    "architecture": Rule(
        _one_of(("x86_64", "arm64"), str),
        "must be x86_64 or arm64",
        "`x86_64` or `arm64`",
        _own_architecture(),
        default_told="the deployer's",
    ),
    "memorySize": Rule(
        _whole(512, 10_240),
        "must be 512 to 10240 (MB): 1769",
        "MB, 512 to 10240; 1769 is one vCPU",
        "1769",
    ),
    "timeout": Rule(
        _whole(10, 900),
        "must be 10 to 900 (seconds): 60",
        "seconds, 10 to 900",
        "60",
    ),
    "decoderReuse": Rule(
        _whole(1, 100_000),
        "must be 1 to 100000 (images): 500",
        (
            "images that one decoder process decodes before it is replaced; 1 is the "
            "strictest: [no upload meets another's code](security.md"
            "#code-in-the-decoder), for a tenth of a second of CPU each"
        ),
        str(DEFAULT_DECODER_REUSE),
    ),
    "reservedConcurrency": Rule(
        _optional(_whole(1, 10_000)),
        "must be a whole number from 1, or empty for no limit of its own: 50",
        "most invocations at once; empty leaves it to the account",
    ),
    "logRetentionDays": Rule(
        _one_of(_LOG_DAYS, int),
        f"must be one of {', '.join(map(str, _LOG_DAYS))}",
        "days CloudWatch keeps the logs",
        "30",
    ),
    "mirrorDeletes": _switch(
        "true", "remove the sizes of an original that was deleted"
    ),
    "cacheControl": Rule(
        _cache_control,
        (
            "must be a Cache-Control header of at most 200 characters, of directives "
            "separated by commas: public, max-age=86400"
        ),
        "Cache-Control of every size: `max-age=86400`",
    ),
    "carryOver": Rule(
        _carried,
        (
            "must be names of cache-control, content-disposition, content-language, "
            "storage-class, metadata:NAME and tag:NAME, separated by commas: "
            "cache-control,metadata:author"
        ),
        "what sizes repeat of their original: [names](#copied-from-the-original)",
    ),
    "storageClass": Rule(
        _one_of(("", *carry_over.STORAGE_CLASSES), str),
        f"must be empty or one of {', '.join(carry_over.STORAGE_CLASSES)}",
        (
            "where S3 keeps sizes: "
            f"{', '.join(f'`{name}`' for name in carry_over.STORAGE_CLASSES)}; empty "
            "is the standard class, the cheapest for objects under 128 KB"
        ),
    ),
    "originalKmsKey": _kms_key(
        "ARN of the KMS key that encrypts originals; empty for S3's own. Of an "
        "existing `originalBucket` the key that it uses"
    ),
    "resizedKmsKey": _kms_key(
        "ARN of the KMS key that encrypts sizes; who reads them must be let use it"
    ),
    "resizedExpirationDays": Rule(
        _optional(_whole(1, 36_500)),
        "must be a whole number of days, or empty for never: 90",
        (
            "after how many days S3 removes a size; `plan` then calls it expired, not "
            "missing"
        ),
    ),
    "metrics": _choice(
        METRICS,
        "essential",
        "what CloudWatch keeps of the log's numbers: `essential`, `all` or `none`",
    ),
    "alarmEmail": Rule(
        _optional(_matching(_EMAIL)),
        "must be an e-mail address: ops@example.com",
        "who is told of [alarms](operations.md#alarms)",
    ),
    "dashboard": _switch("true", "make one in CloudWatch, and two queries of the log"),
    "completionEvents": _switch(
        "false",
        "tell EventBridge [what became](manifest.md#completion-events) of every upload",
    ),
    "uploaderPolicy": _switch("false", "make an IAM policy for those who upload"),
    "onDestroy": _choice(
        ON_DESTROY,
        KEEP,
        (
            "what becomes of [the buckets](#removing-the-stack): `keep`, "
            "`delete-resized` or `delete-all`"
        ),
    ),
    "imageRefresh": Rule(
        _matching(_REFRESH),
        "must be letters, digits, '.', '_' or '-': 2026-12",
        "another value rebuilds the image with the latest security fixes",
    ),
}
"""Context key → its rule, in the order people meet them."""

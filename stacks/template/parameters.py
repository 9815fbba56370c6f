"""The parameters of the template: their defaults, and what CloudFormation checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload.storage.carry_over import STORAGE_CLASSES
from resize_on_upload_cdk.configuration import parsers
from resize_on_upload_cdk.configuration.context import LOG_DAYS, SETTINGS
from resize_on_upload_cdk.configuration.settings import snake_case
from resize_on_upload_cli.sizes_file import LIMIT

if TYPE_CHECKING:
    from resize_on_upload_cdk.configuration.settings import Settings

IMAGE_URI = "ImageUri"
SIZES = "Sizes"
BUCKET_PREFIX = "BucketPrefix"

_REPOSITORY = r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+"
_VERSION = r"(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the template.

    Attributes:
        description: Shown in CloudFormation's console.
        rules: What CloudFormation checks, as in a template.
        setting: The key of the setting that is the default; empty if none is.
    """

    description: str
    rules: dict[str, Any]
    setting: str = ""

    def as_resource(self, settings: Settings) -> dict[str, Any]:
        """The parameter as in a template."""
        rule = SETTINGS[self.setting].rule if self.setting in SETTINGS else ""
        return {
            "Type": "String",
            "Description": self.description,
            "ConstraintDescription": rule or self.description,
            **({"Default": self._default(settings)} if self.setting else {}),
            **self.rules,
        }

    def _default(self, settings: Settings) -> str:
        value = getattr(settings, snake_case(self.setting))
        return str(value).lower() if isinstance(value, bool) else str(value or "")


def _matching(pattern: str) -> dict[str, Any]:
    return {"AllowedPattern": f"^{pattern}$"}


def _one_of(*values: object) -> dict[str, Any]:
    return {"AllowedValues": [str(value) for value in values]}


_NUMBER = {"Type": "Number"}

PARAMETERS = {
    IMAGE_URI: Parameter(
        "The container image, in a private ECR repository of the stack's region: "
        "111122223333.dkr.ecr.eu-central-1.amazonaws.com/resize-on-upload:0.2.0",
        _matching(_REPOSITORY + _VERSION),
    ),
    SIZES: Parameter(
        "The content of sizes.json, as plain JSON. Only the function checks it, so run "
        "`resize-on-upload check` first",
        {"MaxLength": LIMIT} | _matching(r'\s*\{[\s\S]*"sizes"[\s\S]*\}\s*'),
        "sizes",
    ),
    BUCKET_PREFIX: Parameter(
        "The buckets are <prefix>-original and <prefix>-resized. If it is empty, all "
        "stacks of this template have the same prefix in a region",
        _matching(f"({parsers.BUCKET_PREFIX.pattern})?"),
        "bucketPrefix",
    ),
    "Architecture": Parameter(
        "The architecture of the container image",
        _one_of("x86_64", "arm64"),
        "architecture",
    ),
    "DecoderReuse": Parameter(
        "Images that one decoder process decodes before it is replaced",
        _NUMBER | {"MinValue": 1, "MaxValue": 100_000},
        "decoderReuse",
    ),
    "ReservedConcurrency": Parameter(
        "Maximum concurrent invocations; if empty, the account's limit applies",
        _matching("([1-9][0-9]{0,3}|10000)?"),
        "reservedConcurrency",
    ),
    "LogRetentionDays": Parameter(
        "Days that CloudWatch keeps the logs",
        _NUMBER | _one_of(*LOG_DAYS),
        "logRetentionDays",
    ),
    "CacheControl": Parameter(
        "Cache-Control header of every variant: max-age=86400",
        _matching("[ -~]{0,200}"),
        "cacheControl",
    ),
    "StorageClass": Parameter(
        "S3 storage class of the variants; empty is the standard class",
        _one_of("", *STORAGE_CLASSES),
        "storageClass",
    ),
    "AlarmEmail": Parameter(
        "E-mail address that receives alarms",
        _matching(f"({parsers.EMAIL.pattern})?"),
        "alarmEmail",
    ),
    "Dashboard": Parameter(
        "Create a CloudWatch dashboard and two saved queries of the log",
        _one_of("true", "false"),
        "dashboard",
    ),
}
"""Name → parameter, in the order of the documents."""

OPTIONAL = (
    *(BUCKET_PREFIX, "ReservedConcurrency", "CacheControl", "StorageClass"),
    *("AlarmEmail", "Dashboard"),
)
"""Those with a condition, `Has…`: they set nothing if they are empty or `false`."""

VARIABLES = {
    SIZES: "SIZES",
    "DecoderReuse": "DECODER_REUSE",
    "CacheControl": "CACHE_CONTROL",
    "StorageClass": "STORAGE_CLASS",
}
"""Name → variable of both functions."""


def ref(name: str) -> dict[str, Any]:
    """The value of a parameter, in a template."""
    return {"Ref": name}


def optional(name: str) -> dict[str, Any]:
    """The value of an optional parameter, or nothing."""
    return {"Fn::If": [f"Has{name}", ref(name), ref("AWS::NoValue")]}


def conditions() -> dict[str, Any]:
    """The conditions of all optional parameters."""
    return {
        f"Has{name}": {"Fn::Not": [{"Fn::Equals": [ref(name), _unset(name)]}]}
        for name in OPTIONAL
    }


def _unset(name: str) -> str:
    return "false" if "false" in PARAMETERS[name].rules.get("AllowedValues", ()) else ""

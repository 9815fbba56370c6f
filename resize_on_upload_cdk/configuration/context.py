"""Every setting of a deployment: how it is read, its default, its meaning.

The table of settings in docs/configuration.md is generated from it by
scripts/reference.py.
"""

from __future__ import annotations

import platform

from resize_on_upload.settings import DEFAULT_DECODER_REUSE, METRICS
from resize_on_upload.storage import carry_over
from resize_on_upload_cdk.configuration import parsers
from resize_on_upload_cdk.configuration.delivery import delivery
from resize_on_upload_cdk.configuration.operation import (
    concurrency,
    intake,
    inventory_tables,
    sweep,
)
from resize_on_upload_cdk.configuration.setting import Setting, choice, kms_key, switch
from resize_on_upload_cdk.configuration.viewers import access

DEFAULT_STACK_NAME = "ResizeOnUpload"

ON_DESTROY = (KEEP, DELETE_RESIZED, DELETE_ALL) = (
    "keep",
    "delete-resized",
    "delete-all",
)

LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)


def _own_architecture() -> str:
    """This machine's architecture, so that the image builds without emulation."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


SETTINGS: dict[str, Setting] = {
    "stackName": Setting(
        parsers.matching(parsers.STACK_NAME),
        (
            "must be letters, digits or '-', a letter first, at most 128, "
            "for example photos-staging"
        ),
        (
            "the name of the stack; another name makes [another stack](operations.md"
            "#more-than-one-stack) in the same account and region"
        ),
        DEFAULT_STACK_NAME,
    ),
    "bucketPrefix": Setting(
        parsers.optional(parsers.matching(parsers.BUCKET_PREFIX)),
        (
            "must be 2 to 54 lower-case letters, digits or '-', no '-' first, "
            "for example my-photos"
        ),
        "the buckets are `<prefix>-original` and `<prefix>-resized`",
        default_shown=(
            "`resize-<account>-<region>`; `resize-<stack>-<account>-<region>` if "
            "`stackName` is set"
        ),
    ),
    "originalBucket": Setting(
        parsers.optional(parsers.matching(parsers.BUCKET)),
        "must be the name of an existing bucket, for example my-uploads",
        "an existing bucket to use instead of a new one",
    ),
    "architecture": Setting(
        parsers.one_of(("x86_64", "arm64")),
        "must be x86_64 or arm64",
        "`x86_64` or `arm64`",
        _own_architecture(),
        default_shown="the architecture of the machine that deploys",
    ),
    "memorySize": Setting(
        parsers.whole_number(512, 10_240),
        "must be 512 to 10240 (MB), for example 1769",
        "MB, 512 to 10240; 1769 is one vCPU",
        "1769",
    ),
    "timeout": Setting(
        parsers.whole_number(10, 900),
        "must be 10 to 900 (seconds), for example 60",
        "seconds, 10 to 900",
        "60",
    ),
    "decoderReuse": Setting(
        parsers.whole_number(1, 100_000),
        "must be 1 to 100000 (images), for example 500",
        (
            "images that one decoder process decodes before it is replaced; 1 is the "
            "strictest: [no upload meets another's code](security.md"
            "#code-in-the-decoder), for a tenth of a second of CPU per image"
        ),
        str(DEFAULT_DECODER_REUSE),
    ),
    **concurrency.SETTINGS,
    **sweep.SETTINGS,
    **intake.SETTINGS,
    **inventory_tables.SETTINGS,
    "logRetentionDays": Setting(
        parsers.one_of(LOG_DAYS, int),
        f"must be one of {', '.join(map(str, LOG_DAYS))}",
        "days that CloudWatch keeps the logs",
        "30",
    ),
    "mirrorDeletes": switch("true", "delete the variants of a deleted original"),
    "cacheControl": Setting(
        parsers.cache_control_header,
        (
            "must be a Cache-Control header of at most 200 characters, of directives "
            "separated by commas, for example public, max-age=86400"
        ),
        "Cache-Control header of every variant: `max-age=86400`",
    ),
    "carryOver": Setting(
        parsers.carried_over,
        (
            "must be names of cache-control, content-disposition, content-language, "
            "storage-class, metadata:NAME and tag:NAME, separated by commas, "
            "for example "
            "cache-control,metadata:author"
        ),
        (
            "headers, metadata and tags that variants copy from their original: "
            "[names](#copied-from-the-original)"
        ),
    ),
    "storageClass": Setting(
        parsers.one_of(("", *carry_over.STORAGE_CLASSES)),
        f"must be empty or one of {', '.join(carry_over.STORAGE_CLASSES)}",
        (
            "S3 storage class of the variants: "
            f"{', '.join(f'`{name}`' for name in carry_over.STORAGE_CLASSES)}; empty "
            "is the standard class, the cheapest for objects under 128 KB"
        ),
    ),
    "originalKmsKey": kms_key(
        "ARN of the KMS key that encrypts originals; empty for S3's own key. With "
        "`originalBucket`, the key that this bucket uses"
    ),
    "resizedKmsKey": kms_key(
        "ARN of the KMS key that encrypts variants; whoever reads them needs "
        "permission to use it"
    ),
    "resizedExpirationDays": Setting(
        parsers.optional(parsers.whole_number(1, 36_500)),
        "must be a whole number of days, or empty for never, for example 90",
        (
            "days after which S3 deletes a variant; `plan` then reports it as expired, "
            "not missing"
        ),
    ),
    "metrics": choice(
        METRICS,
        "essential",
        "which numbers in the log become CloudWatch metrics: `essential`, `all` or "
        "`none`",
    ),
    "alarmEmail": Setting(
        parsers.optional(parsers.matching(parsers.EMAIL)),
        "must be an e-mail address, for example ops@example.com",
        "e-mail address that receives [alarms](operations.md#alarms)",
    ),
    "dashboard": switch(
        "true", "create a CloudWatch dashboard and two saved queries of the log"
    ),
    "completionEvents": switch(
        "false",
        "publish [the outcome of every upload](manifest.md#completion-events) to "
        "EventBridge",
    ),
    **delivery.SETTINGS,
    "firewall": access.FIREWALL_SETTING,
    "uploaderPolicy": switch("false", "create an IAM policy for whoever uploads"),
    "onDestroy": choice(
        ON_DESTROY,
        KEEP,
        (
            "what `cdk destroy` does with [the buckets](#removing-the-stack): `keep`, "
            "`delete-resized` or `delete-all`"
        ),
    ),
    "imageRefresh": Setting(
        parsers.matching(parsers.IMAGE_REFRESH),
        "must be letters, digits, '.', '_' or '-', for example 2026-12",
        "any other value rebuilds the container image with the latest security fixes",
    ),
    "imageUri": Setting(
        parsers.optional(parsers.matching(parsers.IMAGE_URI)),
        (
            "must be the URI of an image in a private ECR repository, for example "
            "111122223333.dkr.ecr.eu-central-1.amazonaws.com/resize-on-upload:0.2.0"
        ),
        (
            "the URI of an [image in ECR](template.md#the-container-image) of the same "
            "region and `architecture`; it is not built then, so no Docker is needed"
        ),
    ),
}
"""Context key → setting, in the order of the documents."""

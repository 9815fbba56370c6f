"""The alarms of delivery: S3 refuses CloudFront, and requests fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from resize_on_upload_cdk.delivery import key_policy
from resize_on_upload_cdk.delivery.on_request import TIMEOUT_SECONDS
from resize_on_upload_cdk.monitoring.alarms.alarm import Alarm
from resize_on_upload_cdk.monitoring.alarms.commands import AlarmCommands
from resize_on_upload_cdk.monitoring.metrics import log_metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cdk.delivery.delivery import Delivery
    from resize_on_upload_cdk.delivery.on_request import OnRequest
    from resize_on_upload_cdk.functions.resizer import Resizer
    from resize_on_upload_cdk.upload_page.signer import Signer

MIN_REQUESTS = 5
"""Refused or failed, in five minutes. Fewer fire no alarm, whatever their share."""

REFUSED_SHARE = 0.1
"""Of all requests that reach the function. S3 refuses none if all is well."""

FAILED_SHARE = 0.05
"""Of all requests that reach the function."""

KILLED_INVOCATIONS = 5
"""In 15 minutes."""

_MINUTES = cdk.Duration.minutes


def alarms(delivery: Delivery, resizer: Resizer, settings: Settings) -> Iterator[Alarm]:
    """Alarms on what Lambda itself measures, then on the function's log lines."""
    on_request = delivery.on_request
    commands = AlarmCommands(on_request, settings)
    yield _throttles(on_request, commands)
    yield _killed(on_request, commands)
    if page := delivery.upload_page:
        yield _forms(page, AlarmCommands(page, settings))
    if settings.metrics != "none":
        yield _refused(delivery, commands)
        yield _failed(on_request, commands)
        if settings.invalidate:
            yield _invalidations(resizer, AlarmCommands(resizer, settings))


def _throttles(on_request: OnRequest, commands: AlarmCommands) -> Alarm:
    return Alarm(
        "RequestsThrottled",
        on_request.function.metric_throttles(period=_MINUTES(5)),
        1,
        "For 15 minutes, more viewers asked for missing variants than Lambda could "
        "serve at once. They got status 429. Raise the setting requestConcurrency, "
        "or the account's limit, shown by: "
        f"aws lambda get-account-settings --region {cdk.Aws.REGION}\n"
        f"What they ask for: {commands.log('$.requests = 1')}",
        periods=3,
    )


def _killed(on_request: OnRequest, commands: AlarmCommands) -> Alarm:
    """The function never raises: an error is a killed invocation."""
    return Alarm(
        "RequestsKilled",
        on_request.function.metric_errors(period=_MINUTES(15)),
        KILLED_INVOCATIONS,
        f"Lambda killed {KILLED_INVOCATIONS} or more invocations of the on-request "
        f"function in 15 minutes, after {TIMEOUT_SECONDS} seconds or because it ran "
        "out of memory. The viewers got status 502 or 504. Raise the setting "
        'memorySize, or give large sizes "make": "upload".\n'
        f"Cause: {commands.killed()}",
    )


def _forms(page: Signer, commands: AlarmCommands) -> Alarm:
    return Alarm(
        "UploadFormsFailed",
        page.function.metric_errors(period=_MINUTES(15)),
        KILLED_INVOCATIONS,
        f"{KILLED_INVOCATIONS} or more requests of the upload page failed in 15 "
        "minutes. Whoever uses it cannot upload.\n"
        f"Cause: {commands.log()}",
    )


def _refused(delivery: Delivery, commands: AlarmCommands) -> Alarm:
    bucket = delivery.distribution.bucket
    key = (
        "The policy of its KMS key must have the statement of the output "
        f"{key_policy.OUTPUT}.\n"
    )
    return Alarm(
        "S3RefusesCloudFront",
        _share(delivery.on_request, "refused"),
        REFUSED_SHARE,
        f"For 15 minutes, at least {REFUSED_SHARE:.0%} of the requests at the "
        "on-request function were for variants that exist: S3 refuses them to "
        "CloudFront, and viewers wait longer.\n"
        "The bucket's policy must let cloudfront.amazonaws.com call s3:GetObject for "
        f"distribution {delivery.distribution.id}."
        f"\n{key if bucket.encryption_key else ''}"
        f"Policy: {commands.bucket_policy(bucket.bucket_name)}\n"
        f"Requests: {commands.refused()}",
        periods=3,
    )


def _failed(on_request: OnRequest, commands: AlarmCommands) -> Alarm:
    return Alarm(
        "RequestsFailed",
        _share(on_request, "failed"),
        FAILED_SHARE,
        "For 15 minutes, at least "
        f"{FAILED_SHARE:.0%} of the requests at the on-request function failed for an "
        "internal reason. The viewers got status 503.\n"
        f"Cause: {commands.failed_requests()}",
        periods=3,
    )


def _invalidations(resizer: Resizer, commands: AlarmCommands) -> Alarm:
    return Alarm(
        "InvalidationsFailed",
        log_metric(resizer, "invalidations_failed", "Sum", _MINUTES(5)),
        1,
        "CloudFront did not accept that it forgets images that were replaced or "
        "deleted. A delete is retried; a replaced image may be sent until its "
        "freshness ends, the setting freshSeconds or cacheControl.\n"
        f"Cause: {commands.log('$.invalidations_failed = 1')}\n"
        f"To make it forget them all: {commands.cli('invalidate --all --yes')}",
    )


def _share(on_request: OnRequest, name: str) -> cloudwatch.MathExpression:
    """The share of the requests that count under `name`; 0 if they are few.

    Every log line has both numbers, so neither can be missing alone.
    """
    period = _MINUTES(5)
    return cloudwatch.MathExpression(
        expression=f"IF({name} >= {MIN_REQUESTS}, {name} / requests, 0)",
        using_metrics={
            each: log_metric(on_request, each, "Sum", period)
            for each in (name, "requests")
        },
        label=f"share of requests: {name}",
        period=period,
    )

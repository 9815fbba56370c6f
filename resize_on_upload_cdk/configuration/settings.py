"""CDK context and sizes.json → checked, typed settings, or all mistakes at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes import parser as sizes
from resize_on_upload.sizes.size import MANIFEST
from resize_on_upload_cdk.configuration import cache_control
from resize_on_upload_cdk.configuration.context import SETTINGS
from resize_on_upload_cdk.configuration.corrections import correction
from resize_on_upload_cdk.configuration.delivery import delivery
from resize_on_upload_cdk.configuration.operation import intake, sweep
from resize_on_upload_cdk.configuration.sizes_source import SizesSource, room_for_sizes
from resize_on_upload_cdk.configuration.viewers import access

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from resize_on_upload_cdk.configuration.viewers.viewer_key import ViewerKeys


_REFERENCES = (
    *("stackName", "bucketPrefix", "originalBucket", "originalKmsKey"),
    *("resizedKmsKey", "certificate", "webAcl", "imageUri"),
)
"""May be a token of CDK, of which only CloudFormation knows the value."""

_NO_WATERMARKS = (
    "context imageUri: an image that is built elsewhere lacks the watermarks of "
    "config/sizes.json, so no variant with one could be made: leave imageUri out, or "
    "remove the watermarks"
)

_TOKEN = "${Token["  # noqa: S105 - CDK's word


class ConfigurationError(Exception):
    """The configuration has mistakes; the message lists all of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a deployment.

    Their meanings and units are in context.SETTINGS, under the same names. None stands
    for an empty optional setting.

    Attributes:
        cache_control: Of every variant; empty only without delivery.
        sizes: The compact text of sizes.json, which is valid.
        watermarks: The files of its watermarks, by their digests.
        deployed_in: The stack, if its name is not `stack_name`.
        has_outputs: Whether the stack has the outputs that the command line needs.
        warnings: What sizes.json has that was probably not meant.
    """

    stack_name: str
    bucket_prefix: str | None
    original_bucket: str | None
    architecture: str
    memory_size: int
    timeout: int
    decoder_reuse: int
    reserved_concurrency: int | None
    backfill_concurrency: int | None
    sweep: str
    intake: str
    inventory_tables: bool
    log_retention_days: int
    mirror_deletes: bool
    cache_control: str
    carry_over: str
    original_kms_key: str | None
    resized_kms_key: str | None
    storage_class: str
    resized_expiration_days: int | None
    metrics: str
    alarm_email: str | None
    dashboard: bool
    completion_events: bool
    delivery: bool
    fresh_seconds: int
    request_concurrency: int | None
    price_class: str
    origin_shield: str | None
    versioned_urls: bool
    query_urls: bool
    invalidate: bool
    domain_names: tuple[str, ...]
    certificate: str
    web_acl: str | None
    access_logs: bool
    viewer_key: ViewerKeys | None
    cors_origins: tuple[str, ...]
    upload_page: bool
    upload_access: str
    upload_prefix: str
    upload_concurrency: int | None
    firewall: bool
    uploader_policy: bool
    on_destroy: str
    image_refresh: str
    image_uri: str | None
    sizes: str
    watermarks: Mapping[str, bytes]
    deployed_in: str = ""
    has_outputs: bool = True
    warnings: tuple[str, ...] = ()


def read(context: Mapping[str, Any], sizes_file: Path, region: str = "") -> Settings:
    """Check a deployment's whole configuration.

    Args:
        context: CDK's.
        sizes_file: config/sizes.json.
        region: Where the stack will be deployed, if that is known.

    Raises:
        ConfigurationError: it has mistakes in the context, in sizes.json or in both.
    """
    return check(context, SizesSource.of_file(sizes_file), region)


def check(
    context: Mapping[str, Any], sizes_source: SizesSource, region: str
) -> Settings:
    """As `read`, of sizes from anywhere."""
    mistakes: list[str] = []
    values = {key: _value(key, context, mistakes) for key in SETTINGS}
    _check_unknown(context, mistakes)
    _check_buckets_differ(values, mistakes)
    values["cacheControl"] = cache_control.of_variants(values)
    file = sizes_source.checked(mistakes, room_for_sizes(values))
    text = file.compact
    _check_events(values, text, mistakes)
    mistakes += delivery.mistakes(values, text, region) + intake.mistakes(values)
    mistakes += access.firewall_mistakes(values)
    mistakes += sweep.mistakes(values)
    if values["imageUri"] and file.watermarks:
        mistakes.append(_NO_WATERMARKS)
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))
    named = {snake_case(key): value for key, value in values.items()}
    named |= {"sizes": text, "watermarks": file.watermarks, "warnings": file.warnings}
    return Settings(**named)


def _value(key: str, context: Mapping[str, Any], mistakes: list[str]) -> Any:
    setting = SETTINGS[key]
    text = str(context.get(key, "")).strip() or setting.default
    if key in _REFERENCES and _TOKEN in text:
        return text
    try:
        return setting.parse(text)
    except ValueError as error:
        meant = correction(key, text, setting)
        hints = [*error.args[1:], *([f"did you mean {meant!r}?"] if meant else ())]
        details = "; ".join((setting.rule, *hints))
        shown = "-----BEGIN …" if "-----BEGIN" in text else text  # a private key?
        mistakes.append(f"context {key}={shown!r}: {details}")
        return None


def _check_unknown(context: Mapping[str, Any], mistakes: list[str]) -> None:
    for key in context:
        if key in SETTINGS or re.search(r"[@:/]", key):  # CDK's own keys
            continue
        if guess := get_close_matches(key, SETTINGS, n=1):
            hint = f"did you mean {guess[0]!r}?"
        else:
            hint = f"known: {', '.join(SETTINGS)}"
        mistakes.append(f"context {key}: is not a setting; {hint}")


def _check_buckets_differ(values: dict[str, Any], mistakes: list[str]) -> None:
    original, prefix = values["originalBucket"], values["bucketPrefix"]
    if original and prefix and original == f"{prefix}-resized":
        mistakes.append(
            f"context originalBucket={original!r}: is also the resized bucket, so "
            "every variant would be resized again, in an endless loop. Choose another "
            "bucketPrefix"
        )


def _check_events(values: dict[str, Any], text: str, mistakes: list[str]) -> None:
    if not (values["completionEvents"] and text):
        return
    if all(size.name != MANIFEST.name for size in sizes.parse(text)):
        mistakes.append(
            "context completionEvents='true': needs \"manifest\": true in "
            "config/sizes.json: the events contain the manifest"
        )


def snake_case(key: str) -> str:
    """A setting's name in Python."""
    return re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", key)

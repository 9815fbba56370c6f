"""Context strings and sizes.json → one checked, typed value; all mistakes at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from resize_on_upload.settings import DEFAULT_DECODER_REUSE
from resize_on_upload.sizes import parser as sizes
from resize_on_upload.sizes.size import MANIFEST
from stacks.context import RULES
from tools import sizes_file
from tools.sizes_file import LIMIT, SizesFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class DeploymentError(Exception):
    """The configuration has mistakes; the message holds all of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment may choose.

    What each means and its unit: rules.RULES, by the same names. An empty one is None.

    Attributes:
        sizes: The compact text of sizes.json, already proven to parse.
    """

    stack_name: str
    bucket_prefix: str | None
    original_bucket: str | None
    architecture: str
    memory_size: int
    timeout: int
    decoder_reuse: int
    reserved_concurrency: int | None
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
    uploader_policy: bool
    on_destroy: str
    image_refresh: str
    sizes: str


def read(context: Mapping[str, Any], sizes_file: Path) -> Settings:
    """Check a deployment's whole configuration.

    Raises:
        DeploymentError: it has mistakes, in the context, in sizes.json or in both.
    """
    mistakes: list[str] = []
    values = {key: _value(key, context, mistakes) for key in RULES}
    _check_unknown(context, mistakes)
    _check_one_bucket_only(values, mistakes)
    optional = ("cacheControl", "carryOver", "storageClass")
    said = "".join(values[key] or "" for key in optional)
    if values["decoderReuse"] != DEFAULT_DECODER_REUSE:
        said += f"DECODER_REUSE{values['decoderReuse']}"
    text = _sizes(sizes_file, mistakes, LIMIT - len(said))
    _check_events(values, text, mistakes)
    if mistakes:
        raise DeploymentError("\n".join(mistakes))
    return Settings(**{_snake(key): value for key, value in values.items()}, sizes=text)


def _value(key: str, context: Mapping[str, Any], mistakes: list[str]) -> Any:
    rule = RULES[key]
    given = str(context.get(key, "")).strip() or rule.default
    try:
        return rule.parse(given)
    except ValueError as error:
        told = "; ".join((rule.rule, *error.args[1:]))
        mistakes.append(f"context {key}={given!r}: {told}")
        return None


def _check_unknown(context: Mapping[str, Any], mistakes: list[str]) -> None:
    for key in context:
        if key in RULES or re.search(r"[@:/]", key):  # CDK's own keys look like that
            continue
        guess = get_close_matches(key, RULES, n=1)
        meant = f"did you mean {guess[0]!r}?" if guess else f"known: {', '.join(RULES)}"
        mistakes.append(f"context {key}: is not a setting; {meant}")


def _check_one_bucket_only(values: dict[str, Any], mistakes: list[str]) -> None:
    original, prefix = values["originalBucket"], values["bucketPrefix"]
    if original and prefix and original == f"{prefix}-resized":
        mistakes.append(
            f"context originalBucket={original!r}: is also the resized bucket, so "
            "every size written would be resized again, without end. Choose another "
            "bucketPrefix"
        )


def _check_events(values: dict[str, Any], text: str, mistakes: list[str]) -> None:
    if values["completionEvents"] and text and MANIFEST not in sizes.parse(text):
        mistakes.append(
            "context completionEvents='true': needs \"manifest\": true in "
            "config/sizes.json; what it says is what the events say"
        )


def _sizes(file: Path, mistakes: list[str], limit: int) -> str:
    name = f"config/{file.name}"
    try:
        text = sizes_file.compact(file)
    except OSError as error:
        mistakes.append(f"{name}: cannot be read: {error.strerror}")
        return ""
    except SizesFileError as error:
        mistakes.extend(f"{name}: {mistake}" for mistake in error.mistakes)
        return ""
    if mistake := sizes_file.too_long(text, limit):
        mistakes.append(f"{name}: {mistake}")
    return text


def _snake(key: str) -> str:
    return re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", key)

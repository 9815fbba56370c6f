"""The construct's arguments → settings, or all mistakes at once."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from resize_on_upload_cdk import names
from resize_on_upload_cdk.arguments.messages import in_python
from resize_on_upload_cdk.arguments.options import Options
from resize_on_upload_cdk.configuration.context import SETTINGS
from resize_on_upload_cdk.configuration.settings import (
    ConfigurationError,
    Settings,
    check,
    snake_case,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_s3 as s3
    from constructs import Construct

    from resize_on_upload_cdk.configuration.sizes_source import SizesSource


_KEYS = {snake_case(key): key for key in SETTINGS}
_TAKEN = (
    "outputs=True: another construct of this stack has it already, and the outputs "
    "have fixed names; leave it out, or put this construct into another stack"
)
_OPTIONS = tuple(Options.__annotations__)


def read(
    construct: Construct,
    source: SizesSource,
    original: s3.IBucket | str | None,
    options: Mapping[str, Any],
) -> Settings:
    """Check all arguments of a construct.

    Args:
        construct: What they are of.
        source: Its sizes.
        original: An existing bucket of originals, or its name.
        options: The others, as in `Options`, and `name` and `outputs`.

    Raises:
        ConfigurationError: they have mistakes.
    """
    mistakes = list(_unknown(options))
    if options.get("outputs") and not names.claim_outputs(construct):
        mistakes.append(_TAKEN)
    context = {_KEYS[name]: _text(options.get(name)) for name in _OPTIONS}
    context["stackName"] = options.get("name") or names.unique_name(construct)
    context |= _of_existing(original, context)
    region = cdk.Stack.of(construct).region
    known_region = "" if cdk.Token.is_unresolved(region) else region
    try:
        settings = check(context, source, known_region)
    except ConfigurationError as error:
        found = str(error).splitlines()
        mistakes += [in_python(mistake, source.name) for mistake in found]
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))
    return _placed(settings, construct)


def options_of(context: Mapping[str, Any]) -> dict[str, Any]:
    """The construct's arguments for a valid context, except its sizes."""
    names_ = (*_OPTIONS, "original_bucket")
    given = {name: str(context.get(_KEYS[name], "")).strip() for name in names_}
    return {name: value for name, value in given.items() if value}


def _unknown(options: Mapping[str, Any]) -> list[str]:
    found = []
    for name in options.keys() - {*_OPTIONS, "name", "outputs"}:
        if guess := get_close_matches(name, _OPTIONS, n=1):
            hint = f"did you mean {guess[0]!r}?"
        else:
            hint = f"known: {', '.join(_OPTIONS)}"
        found.append(f"{name}: is not an argument; {hint}")
    return sorted(found)


def _text(value: Any) -> str:
    """A value as in the context."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list() | tuple():
            return ",".join(map(str, value))
    return str(value)


def _of_existing(
    bucket: s3.IBucket | str | None, context: Mapping[str, str]
) -> dict[str, str]:
    """What an existing bucket decides: its name, and its key unless one is given."""
    if bucket is None or isinstance(bucket, str):
        return {"originalBucket": bucket or ""}
    found = {"originalBucket": bucket.bucket_name}
    if bucket.encryption_key and not context["originalKmsKey"]:
        found["originalKmsKey"] = bucket.encryption_key.key_arn
    return found


def _placed(settings: Settings, construct: Construct) -> Settings:
    """The settings, with the name of the stack if it is not that of the construct."""
    if not names.path_in_stack(construct):
        return settings
    return replace(settings, deployed_in=cdk.Stack.of(construct).stack_name)

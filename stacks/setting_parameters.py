"""Settings that are parameters of the plain template: they change no other resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from resize_on_upload.settings import DEFAULT_DECODER_REUSE
from resize_on_upload.storage.carry_over import STORAGE_CLASSES
from resize_on_upload_cdk.configuration.context import LOG_DAYS, SETTINGS
from resize_on_upload_cdk.configuration.settings import snake_case

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings

_T = TypeVar("_T")

_VARIABLES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "cacheControl": (
        "CACHE_CONTROL",
        "Cache-Control header of every variant: max-age=86400",
        {"allowed_pattern": "^[ -~]{0,200}$"},
    ),
    "storageClass": (
        "STORAGE_CLASS",
        "S3 storage class of the variants; empty is the standard class",
        {"allowed_values": ["", *STORAGE_CLASSES]},
    ),
    "decoderReuse": (
        "DECODER_REUSE",
        "Images that one decoder process decodes before it is replaced",
        {"type": "Number", "min_value": 1, "max_value": 100_000},
    ),
}
"""Setting → the functions' variable, the description, what CloudFormation checks."""

_UNSET = {
    "decoderReuse": str(DEFAULT_DECODER_REUSE),
    "reservedConcurrency": "0",
}
"""The values with which a setting does nothing, if that is not the empty one."""


def add(scope: Construct, settings: Settings, resizer: lambda_.IFunction) -> None:
    """Add all of them, with the settings as defaults."""
    for key, (variable, description, rules) in _VARIABLES.items():
        given = _optional(scope, settings, key, description, **rules)
        for function in _of_type(scope, lambda_.CfnFunction):
            if function.package_type == "Image":
                path = f"Environment.Variables.{variable}"
                function.add_property_override(path, given)
    _reserved_concurrency(scope, settings, resizer)
    _log_retention(scope, settings)


def _reserved_concurrency(
    scope: Construct, settings: Settings, resizer: lambda_.IFunction
) -> None:
    function = cast("lambda_.CfnFunction", resizer.node.default_child)
    given = _optional(
        scope,
        settings,
        "reservedConcurrency",
        "Maximum concurrent invocations; with 0, only the account's limit applies",
        type="Number",
        min_value=0,
        max_value=10_000,
    )
    function.add_property_override("ReservedConcurrentExecutions", given)


def _log_retention(scope: Construct, settings: Settings) -> None:
    parameter = _parameter(
        scope,
        settings,
        "logRetentionDays",
        "Days that CloudWatch keeps the logs",
        type="Number",
        allowed_values=[str(days) for days in LOG_DAYS],
    )
    for group in _of_type(scope, logs.CfnLogGroup):
        group.add_property_override("RetentionInDays", parameter.value_as_string)


def _optional(
    scope: Construct, settings: Settings, key: str, description: str, **rules: Any
) -> str:
    """The value of a new parameter; nothing if the setting then does nothing."""
    parameter = _parameter(scope, settings, key, description, **rules)
    condition = _is_given(scope, key, parameter)
    value = parameter.value_as_string
    return cdk.Fn.condition_if(
        condition.logical_id, value, cdk.Aws.NO_VALUE
    ).to_string()


def _parameter(
    scope: Construct, settings: Settings, key: str, description: str, **rules: Any
) -> cdk.CfnParameter:
    value = getattr(settings, snake_case(key)) or _UNSET.get(key, "")
    return cdk.CfnParameter(
        scope,
        _name(key),
        default=str(value),
        description=description,
        constraint_description=SETTINGS[key].rule.split(", or empty")[0],
        **rules,
    )


def _is_given(
    scope: Construct, key: str, parameter: cdk.CfnParameter
) -> cdk.CfnCondition:
    same = cdk.Fn.condition_equals(
        cdk.Fn.ref(parameter.logical_id), _UNSET.get(key, "")
    )
    return cdk.CfnCondition(
        scope, f"Has{_name(key)}", expression=cdk.Fn.condition_not(same)
    )


def _name(key: str) -> str:
    return key[0].upper() + key[1:]


def _of_type(scope: Construct, kind: type[_T]) -> list[_T]:
    return [one for one in scope.node.find_all() if isinstance(one, kind)]

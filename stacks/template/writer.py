"""Synthesize the app's stack, and write what CloudFormation alone can deploy."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from resize_on_upload_cdk.arguments import reader
from resize_on_upload_cdk.buckets import default_prefix
from resize_on_upload_cdk.configuration.context import KEEP
from resize_on_upload_cdk.configuration.settings import (
    ConfigurationError,
    Settings,
    read,
)
from stacks.resize_stack import ResizeStack
from stacks.template.parameters import BUCKET_PREFIX, SIZES
from stacks.template.transform import with_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "resize-on-upload.template.json"
SIZES_PARAMETER = "sizes.parameters.json"

DIRECT_BYTES = 51_200
"""Of a template that is sent as it is; one in S3 may have 1 MB:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


def write(context: Mapping[str, Any], sizes: Path, folder: Path) -> str:
    """Write the template and the parameter with the sizes; return what to do next.

    Args:
        context: CDK's.
        sizes: The path of sizes.json.
        folder: Where to write.

    Raises:
        ConfigurationError: the configuration has mistakes.
    """
    settings = read(context, sizes)
    _refuse(settings)
    text = _text(with_parameters(_synthesized(context, sizes, settings), settings))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TEMPLATE).write_text(text)
    _write_sizes(folder / SIZES_PARAMETER, settings)
    return _summary(folder / TEMPLATE, len(text.encode()))


def _refuse(settings: Settings) -> None:
    """Report the settings of which a template cannot contain everything."""
    mistakes = []
    if settings.on_destroy != KEEP:
        mistakes.append(
            f"context onDestroy={settings.on_destroy!r}: needs a function whose code "
            "only cdk deploy uploads; leave it out, and empty the buckets before you "
            "delete the stack"
        )
    if settings.firewall:
        mistakes.append(
            "context firewall='true': is a second stack, which only cdk deploy makes; "
            "leave it out, and give the ARN of a web ACL as webAcl"
        )
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))


def _synthesized(
    context: Mapping[str, Any], sizes: Path, settings: Settings
) -> dict[str, Any]:
    """The template with all that the parameters may turn off."""
    prefix = default_prefix(settings.stack_name, cdk.Aws.ACCOUNT_ID, cdk.Aws.REGION)
    given = cdk.Fn.condition_if(
        f"Has{BUCKET_PREFIX}", cdk.Fn.ref(BUCKET_PREFIX), prefix
    )
    options = reader.options_of(context) | {
        "name": cdk.Aws.STACK_NAME,
        "bucket_prefix": given.to_string(),
        "alarm_email": "",
        "dashboard": True,
    }
    with TemporaryDirectory() as folder:
        app = cdk.App(context=dict(context), outdir=folder, analytics_reporting=False)
        stack = ResizeStack(
            app,
            settings.stack_name,
            sizes=sizes,
            options=options,
            synthesizer=cdk.DefaultStackSynthesizer(
                generate_bootstrap_version_rule=False
            ),
        )
        _declare_prefix(stack)
        template = app.synth().get_stack_by_name(stack.stack_name)
        text = Path(template.template_full_path).read_text()
    return dict(json.loads(text))


def _declare_prefix(stack: cdk.Stack) -> None:
    """CDK checks references; with_parameters writes the whole of what they are to."""
    parameter = cdk.CfnParameter(stack, BUCKET_PREFIX, default="")
    is_set = cdk.Fn.condition_not(
        cdk.Fn.condition_equals(parameter.value_as_string, "")
    )
    cdk.CfnCondition(stack, f"Has{BUCKET_PREFIX}", expression=is_set)


def _text(document: dict[str, Any]) -> str:
    """The shortest text if the other could not be sent as it is."""
    text = json.dumps(document, indent=1)
    if len(text.encode()) <= DIRECT_BYTES:
        return text
    return json.dumps(document, separators=(",", ":"))


def _write_sizes(file: Path, settings: Settings) -> None:
    """Write the parameter, if there is one, for `--parameter-overrides file://`."""
    file.unlink(missing_ok=True)
    if not settings.delivery:
        file.write_text(f"{json.dumps([f'{SIZES}={settings.sizes}'])}\n")


def _summary(file: Path, size: int) -> str:
    if size <= DIRECT_BYTES:
        how = "CloudFormation accepts it as it is"
    else:
        how = f"more than {DIRECT_BYTES:,}: it must be in S3, as by --s3-bucket"
    return f"{file}: {size:,} bytes; {how}"

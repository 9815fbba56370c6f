"""One CloudFormation template, without CDK and without assets: `make template`.

python -m stacks.template -c delivery=true
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from resize_on_upload_cdk import names
from resize_on_upload_cdk.arguments import reader
from resize_on_upload_cdk.configuration.context import SETTINGS
from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from resize_on_upload_cdk.construct import ResizeOnUpload
from stacks import cdk_functions, parameters, setting_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings

ROOT = Path(__file__).parent.parent
SIZES = ROOT / "config" / "sizes.json"
FILE = ROOT / "dist" / "resize-on-upload.template.json"

MAX_BYTES = 51_200
"""Of a template that is not in S3:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""

_OF_CDK_ONLY = {
    "stackName": "the stack gets its name when the template is deployed",
    "firewall": "the firewall is a stack in another region: use cdk deploy for it",
    "imageUri": "it is the parameter ImageUri of the template",
    "alarmEmail": "it is the parameter AlarmEmail of the template",
    "onDestroy": "cdk deploy adds a function that deletes objects; its code is a file "
    "in S3, and the template has none",
}


class PlainStack(cdk.Stack):
    """The construct, with parameters in place of what `cdk deploy` adds."""

    def __init__(
        self, scope: Construct, *, settings: Settings, options: Mapping[str, Any]
    ) -> None:
        super().__init__(
            scope,
            "ResizeOnUpload",
            description="Upload an image to one bucket; find every size in another.",
            synthesizer=cdk.DefaultStackSynthesizer(
                generate_bootstrap_version_rule=False
            ),
        )
        given: dict[str, Any] = {
            **options,
            "name": cdk.Aws.STACK_NAME,
            "image_uri": parameters.image_uri(self),
            "bucket_prefix": parameters.bucket_prefix(self, settings),
        }
        made = ResizeOnUpload(self, names.HIDDEN, sizes=SIZES, outputs=True, **given)
        parameters.architecture(self, settings)
        parameters.sizes(self, settings)
        parameters.alarm_email(self, made.alarm_topic)
        cdk_functions.restrict(self, made.log_retention_days)
        setting_parameters.add(self, settings, made.function)


def template(context: Mapping[str, str]) -> dict[str, Any]:
    """Return the template for these settings.

    Args:
        context: As for `cdk deploy -c`; the others are those of cdk.json.

    Raises:
        ConfigurationError: there are mistakes, or a setting that needs CDK.
    """
    every = json.loads((ROOT / "cdk.json").read_text())["context"] | context
    settings = _checked(every)
    with TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder, context=every, analytics_reporting=False)
        stack = PlainStack(app, settings=settings, options=reader.options_of(every))
        file = app.synth().get_stack_by_name(stack.stack_name).template_full_path
        return dict(json.loads(Path(file).read_text()))


def _checked(context: Mapping[str, Any]) -> Settings:
    mistakes = [
        f"context {key}: is not possible here: {reason}"
        for key, reason in _OF_CDK_ONLY.items()
        if context.get(key) not in (None, "", SETTINGS[key].default)
    ]
    try:
        settings = read(context, SIZES)
    except ConfigurationError as error:
        mistakes.append(str(error))
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))
    return settings


def main() -> None:
    """Write the template, or print every mistake and exit with code 1."""
    parser = argparse.ArgumentParser(description="Write a CloudFormation template.")
    parser.add_argument("-c", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    given = dict(one.partition("=")[::2] for one in options.c)
    try:
        text = json.dumps(template(given), separators=(",", ":"))
    except ConfigurationError as error:
        sys.exit(f"\n{error}\n\nNo template was written. Fix this, then try again.")
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(text)
    sys.stdout.write(f"{options.out}\n")
    if (size := len(text)) > MAX_BYTES:
        sys.stderr.write(
            f"It has {size:,} bytes. Above {MAX_BYTES:,}, CloudFormation reads it from "
            "S3 alone: add --s3-bucket with a bucket of yours to the deploy command.\n"
        )


if __name__ == "__main__":
    main()

"""Synthesize the stack from the context and config/sizes.json."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import aws_cdk as cdk

from resize_on_upload_cdk.arguments import reader
from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from resize_on_upload_cdk.configuration.viewers.access import FIREWALL
from resize_on_upload_cdk.firewall import ResizeFirewall
from stacks.resize_stack import ResizeStack

SIZES = Path(__file__).parent / "config" / "sizes.json"


def main() -> None:
    """Synthesize, or print every configuration mistake and exit with code 1."""
    try:
        build(cdk.App()).synth()
    except ConfigurationError as error:
        sys.exit(f"\n{error}\n\nNothing was deployed. Fix this, then try again.")


def build(app: cdk.App) -> cdk.App:
    """Add the stacks that the app's context and config/sizes.json describe."""
    context = app.node.get_all_context()
    region = os.environ.get("CDK_DEFAULT_REGION", "")  # set by the CDK CLI
    settings = read(context, SIZES, region)
    options = reader.options_of(context)
    ResizeStack(app, settings.stack_name, sizes=SIZES, options=options)
    if settings.firewall:
        ResizeFirewall(app, f"{settings.stack_name}{FIREWALL}")
    return app


if __name__ == "__main__":
    main()

"""Synthesize the stack from the context and config/sizes.json."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import aws_cdk as cdk

from stacks.configuration.access import FIREWALL
from stacks.configuration.settings import ConfigurationError, read
from stacks.firewall import ResizeFirewall
from stacks.resize_stack import ResizeStack

ROOT = Path(__file__).parent


def main() -> None:
    """Synthesize, or print every configuration mistake and exit with code 1."""
    try:
        build(cdk.App()).synth()
    except ConfigurationError as error:
        sys.exit(f"\n{error}\n\nNothing was deployed. Fix this, then try again.")


def build(app: cdk.App) -> cdk.App:
    """Add the stacks that the app's context and config/sizes.json describe."""
    settings = read(
        app.node.get_all_context(),
        ROOT / "config" / "sizes.json",
        os.environ.get("CDK_DEFAULT_REGION", ""),  # set by the CDK CLI
    )
    ResizeStack(app, settings.stack_name, settings=settings)
    if settings.firewall:
        ResizeFirewall(app, f"{settings.stack_name}{FIREWALL}")
    return app


if __name__ == "__main__":
    main()

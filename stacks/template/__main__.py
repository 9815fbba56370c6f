"""Write the template: python -m stacks.template -c delivery=true."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resize_on_upload_cdk.configuration.settings import ConfigurationError
from stacks.template import writer

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files, or print every configuration mistake and exit with code 1."""
    given = _parser().parse_args(arguments)
    try:
        written = writer.write(
            _context(given.context), ROOT / "config/sizes.json", given.out
        )
    except ConfigurationError as error:
        sys.exit(f"\n{error}\n\nNo template was written. Fix this, then try again.")
    sys.stdout.write(f"{written}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make template", description="Write the template for CloudFormation."
    )
    parser.add_argument(
        *("-c", "--context"),
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting, as for cdk deploy",
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder")
    return parser


def _context(given: Sequence[str]) -> dict[str, Any]:
    """The settings of cdk.json, and those given."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return context | {
        key: value for key, _, value in (one.partition("=") for one in given)
    }


if __name__ == "__main__":
    main()

"""The commands for what is deployed: plan, backfill, prune, redrive, upload, smoke."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resize_on_upload.errors import Rejected
from tools import defaults
from tools.errors import UsageError

if TYPE_CHECKING:
    from resize_on_upload.sizes.size import Size


def add(commands: Any) -> None:
    """Add them to a parser's commands."""
    command = commands.add_parser("plan", help="compare both buckets with sizes.json")
    command.set_defaults(run=_plan)

    command = commands.add_parser("backfill", help="make what is missing or stale")
    command.add_argument(
        "--rate", type=_rate, default=defaults.RATE, metavar="N",
        help=f"invocations a second at most (default: {defaults.RATE:.0f})",
    )  # fmt: skip
    command.add_argument(
        "--batch", action="store_true", help="as a job of S3 Batch Operations"
    )
    command.set_defaults(run=_backfill)

    command = commands.add_parser("prune", help="remove orphans and dropped sizes")
    command.add_argument("--yes", action="store_true", help="do remove them")
    command.set_defaults(run=_prune)

    command = commands.add_parser("redrive", help="try again what failed")
    command.add_argument("queue", choices=list(defaults.QUEUES))
    command.add_argument(
        "--code", choices=sorted(kind.code for kind in Rejected.__subclasses__()),
        metavar="CODE", help="rejections of this code only",
    )  # fmt: skip
    command.set_defaults(run=_redrive)

    command = commands.add_parser("upload", help="upload files, wait for their sizes")
    command.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="a folder: the images in it, with the path below it in their keys",
    )  # fmt: skip
    command.set_defaults(run=_upload)

    command = commands.add_parser("smoke", help="one picture through what is deployed")
    command.set_defaults(run=_smoke)

    for name in ("plan", "backfill", "prune", "redrive", "upload", "smoke"):
        _add_shared(name, commands.choices[name])


def _add_shared(name: str, command: argparse.ArgumentParser) -> None:
    if name != "smoke":
        words = "of the keys" if name == "upload" else "keys that begin so only"
        command.add_argument("--prefix", default="", help=words)
    if name in ("backfill", "redrive"):
        command.add_argument(
            "--dry-run", action="store_true", help="say what would be done"
        )
    add_stack(command)


def add_stack(command: argparse.ArgumentParser) -> None:
    """The options of every command that talks to AWS, named as in AWS's own CLI."""
    command.add_argument(
        "--stack-name",
        default=defaults.STACK,
        metavar="NAME",
        help=f"of the deployed stack (default: {defaults.STACK})",
    )
    command.add_argument("--region", help="AWS region of the stack")
    command.add_argument("--profile", help="AWS credentials profile")


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate <= defaults.MAX_RATE:
        msg = f"must be above 0 and at most {defaults.MAX_RATE}: 20"
        raise argparse.ArgumentTypeError(msg)
    return rate


def _sizes(options: argparse.Namespace) -> tuple[Size, ...]:
    from tools import sizes_file

    return sizes_file.load(options.sizes)


def _plan(options: argparse.Namespace) -> bool:
    from tools.commands import plan
    from tools.stack import deployment

    return plan.run(
        deployment.find(options), _sizes(options), options.prefix, as_json=options.json
    )


def _backfill(options: argparse.Namespace) -> bool:
    from tools.commands import backfill
    from tools.stack import deployment

    return backfill.run(
        deployment.find(options),
        _sizes(options),
        options.prefix,
        rate=options.rate,
        as_job=options.batch,
        dry_run=options.dry_run,
        as_json=options.json,
    )


def _prune(options: argparse.Namespace) -> bool:
    from tools.commands import prune
    from tools.stack import deployment

    return prune.run(
        deployment.find(options),
        _sizes(options),
        options.prefix,
        yes=options.yes,
        as_json=options.json,
    )


def _redrive(options: argparse.Namespace) -> bool:
    from tools.commands import redrive
    from tools.stack import deployment

    if options.code and options.queue != "rejected":
        msg = "--code is one of a rejection: redrive rejected --code CODE"
        raise UsageError(msg)
    return redrive.run(
        deployment.find(options),
        options.queue,
        code=options.code,
        prefix=options.prefix,
        dry_run=options.dry_run,
        as_json=options.json,
    )


def _upload(options: argparse.Namespace) -> bool:
    from tools.commands import upload
    from tools.stack import deployment

    return upload.run(
        deployment.find(options),
        options.files,
        _sizes(options),
        options.prefix,
        as_json=options.json,
    )


def _smoke(options: argparse.Namespace) -> bool:
    from tools.commands import smoke
    from tools.stack import deployment

    return smoke.run(deployment.find(options), _sizes(options), as_json=options.json)

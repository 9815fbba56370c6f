"""`doctor`: check this machine's codecs, policy and sandbox, or a deployed stack."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes.size import REQUEST
from resize_on_upload_cli import arguments, sizes_file
from resize_on_upload_cli.errors import ExitCode, UsageError
from resize_on_upload_cli.sizes_file import SizesFileError
from resize_on_upload_cli.terminal import check_mark, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.engine.diagnostics import Diagnostics

DESCRIPTION = """\
Check that ImageMagick on this machine reads and writes every format, that its security
policy is in force, that the decoder's sandbox works, that sizes.json is valid, and that
delivery is on in cdk.json if a size is made on request.

With --stack, check a deployed stack and its account instead: its functions, buckets,
queues, alarms, logs and sizes. What you may not read is reported as unknown.

Changes nothing. The exit code is 1 if a check fails; its line says what to do.
"""
EXAMPLES = """\
examples:
  resize-on-upload doctor
  resize-on-upload doctor --json
  resize-on-upload doctor --stack
"""

_ADVICE = {
    "reads": "Install ImageMagick's library for it: on Debian libheif-plugin-libde265 "
    "(HEIC), libheif-plugin-dav1d (AVIF), else libmagickwand-7.q16-10.",
    "writes": "Install the encoder: on Debian libheif-plugin-aomenc (AVIF).",
    "refuses": "policy.xml is not in force: MAGICK_CONFIGURE_PATH must be its "
    "folder, and nothing may have loaded ImageMagick before.",
    "decodes": "The decoder's process cannot start: run "
    "`python -m resize_on_upload.imaging.selftest` to see its output.",
    "delivery": 'Set "delivery": "true" in cdk.json, or pass -c delivery=true to every '
    "`cdk` command; without it, `cdk synth` refuses these sizes.",
    "sizes": "Correct the file, or name another with --sizes; `resize-on-upload check` "
    "shows what it makes.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, what is wrong, and what to do then."""

    name: str
    problem: str | None
    advice: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--stack", action="store_true", help="check a deployed stack instead"
    )
    arguments.add_sizes(parser, "the file to check")
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Run every check and print it."""
    if options.stack:
        return _run_for_stack(options)
    checks, diagnostics = _checks(options.sizes)
    if options.json:
        for check in checks:
            write_json("doctor", _document(check, diagnostics))
    else:
        write(*(_head(diagnostics) if diagnostics else ()))
        write(*(line for check in checks for line in _lines(check)))
        write(*(_foot(diagnostics) if diagnostics else ()))
    failed = any(check.problem for check in checks)
    return ExitCode.WORK_LEFT if failed else ExitCode.SUCCESS


def _run_for_stack(options: argparse.Namespace) -> int:
    from resize_on_upload_cli.diagnosis.check import FAILED, UNKNOWN
    from resize_on_upload_cli.diagnosis.diagnosis import diagnose
    from resize_on_upload_cli.stack import deployment

    states = set()
    stack, sizes = deployment.find(options), sizes_file.load(options.sizes)
    for finding in diagnose(stack, sizes):
        states.add(finding.state)
        if options.json:
            write_json("doctor", finding.document())
        else:
            write(*finding.lines())
    if FAILED in states:
        return ExitCode.WORK_LEFT
    return ExitCode.UNKNOWN if UNKNOWN in states else ExitCode.SUCCESS


def _checks(sizes: Path) -> tuple[list[Check], Diagnostics | None]:
    """Run every check; those of ImageMagick only if it can be loaded."""
    from resize_on_upload_cli.engine import decoder

    of_files = _checks_of_files(sizes)
    if missing := decoder.find_missing():
        advice = f"Install it: {missing.advice}."
        return [Check("loads ImageMagick", missing.problem, advice), *of_files], None
    from resize_on_upload_cli.engine import diagnostics  # needs ImageMagick

    found = diagnostics.run()
    checks = [Check("loads ImageMagick", None, "")]
    checks += [_check(name, problem) for name, problem in found.problems.items()]
    return [*checks, *of_files], found


def _check(name: str, problem: str | None) -> Check:
    return Check(name, problem, _ADVICE[name.split(maxsplit=1)[0]])


def _checks_of_files(file: Path) -> list[Check]:
    """Check sizes.json, and cdk.json if it has to be right for these sizes."""
    name = f"sizes in {file}"
    try:
        sizes = sizes_file.load(file)
    except OSError as error:
        return [_check(name, f"{error.strerror}")]
    except (UsageError, SizesFileError) as error:
        return [_check(name, str(error))]
    return [_check(name, None), *_checks_of_delivery(sizes, Path("cdk.json"))]


def _checks_of_delivery(sizes: Iterable[Size], file: Path) -> list[Check]:
    """Check that viewers can request the sizes that are made on request, if any are."""
    on_request = [size.name for size in sizes if size.make == REQUEST]
    if not (on_request and file.exists()):
        return []
    try:
        delivery = json.loads(file.read_bytes())["context"]["delivery"]
    except (OSError, ValueError, KeyError, TypeError):
        delivery = ""
    is_on = str(delivery).lower() == "true"
    problem = f"is off, but these are made on request: {', '.join(on_request)}"
    return [_check(f"delivery in {file}", None if is_on else problem)]


def _lines(check: Check) -> list[str]:
    if not check.problem:
        return [f"{check_mark(ok=True)} {check.name}"]
    first, *more = check.problem.split("\n")
    mark = check_mark(ok=False)
    return [f"{mark} {check.name}: {first}", *more, f"   {check.advice}"]


def _head(found: Diagnostics) -> list[str]:
    return [found.imagemagick, f"Wand {found.wand}", ""]


def _foot(found: Diagnostics) -> list[str]:
    """Return the sandbox's walls, which depend on the kernel, and the libraries."""
    active = [name for name, refusal in found.walls.items() if not refusal]
    refused = {name: refusal for name, refusal in found.walls.items() if refusal}
    lines = ["", f"the decoder's walls: {', '.join(active) or 'none'}"]
    lines += [f"  without {name}: {refusal}" for name, refusal in refused.items()]
    by_rows = f"no: {found.whole}" if found.whole else "yes"
    lines.append(f"decodes by rows: {by_rows}")
    if not found.reads_jxl:
        lines.append("decodes JPEG XL: no: only the container image has a decoder")
    if found.libraries:
        lines.append(f"with {', '.join(found.libraries)}")
    return lines


def _document(check: Check, found: Diagnostics | None) -> dict[str, Any]:
    walls = found.walls if found else {}
    return {
        "check": check.name,
        "state": "failed" if check.problem else "ok",
        "message": check.problem,
        "ok": not check.problem,
        "problem": check.problem,
        "advice": check.advice if check.problem else None,
        "imagemagick": found.imagemagick if found else None,
        "libraries": found.libraries if found else [],
        "walls": {name: refusal or "on" for name, refusal in walls.items()},
        "rows": (found.whole or "on") if found else None,
        "jxl": found.reads_jxl if found else None,
    }

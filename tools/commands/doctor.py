"""`doctor`: prove every promise on this machine, and say what to do where one fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools import sizes_file
from tools.engine import decoder
from tools.errors import UsageError
from tools.sizes_file import SizesFileError
from tools.terminal import tick, write, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from tools.engine.diagnostics import Proofs

_ADVICE = {
    "reads": "Install ImageMagick's library for it: on Debian libheif-plugin-libde265 "
    "(HEIC), libheif-plugin-dav1d (AVIF), else libmagickwand-7.q16-10.",
    "writes": "Install the encoder: on Debian libheif-plugin-aomenc (AVIF).",
    "refuses": "policy.xml is not in force: MAGICK_CONFIGURE_PATH must be the "
    "package's own folder, and nothing may have loaded ImageMagick before.",
    "decodes": "The decoder's process cannot start: try "
    "`python -m resize_on_upload.imaging.selftest` for its own words.",
    "sizes": "Correct the file, or name another with --sizes; `resize-on-upload check` "
    "shows what it makes.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One promise tried out: what it is, what went wrong, and what to do then."""

    name: str
    problem: str | None
    advice: str


def run(sizes_file: Path, *, as_json: bool) -> bool:
    """Print a line a check; True where one failed."""
    missing = decoder.missing()
    problem = missing.problem if missing else None
    advice = f"Install it: {missing.advice}." if missing else ""
    checks, proofs = [Check("loads ImageMagick", problem, advice)], None
    if not missing:
        proofs = _proofs()
        checks += [_check(name, problem) for name, problem in proofs.problems.items()]
    checks.append(_check(f"sizes in {sizes_file}", _sizes(sizes_file)))
    if as_json:
        for check in checks:
            write_json(_document(check, proofs))
    else:
        write(*(_head(proofs) if proofs else ()))
        write(*(line for check in checks for line in _lines(check)))
        write(*(_foot(proofs) if proofs else ()))
    return any(check.problem for check in checks)


def _proofs() -> Proofs:
    """Load ImageMagick only once it is known to be there."""
    from tools.engine import diagnostics

    return diagnostics.run()


def _check(name: str, problem: str | None) -> Check:
    return Check(name, problem, _ADVICE[name.split(maxsplit=1)[0]])


def _sizes(file: Path) -> str | None:
    try:
        sizes_file.load(file)
    except OSError as error:
        return f"{error.strerror}"
    except (UsageError, SizesFileError) as error:
        return str(error)
    return None


def _lines(check: Check) -> list[str]:
    if not check.problem:
        return [f"{tick(ok=True)} {check.name}"]
    first, *more = check.problem.split("\n")
    return [f"{tick(ok=False)} {check.name}: {first}", *more, f"   {check.advice}"]


def _head(proofs: Proofs) -> list[str]:
    return [proofs.imagemagick, f"Wand {proofs.wand}", ""]


def _foot(proofs: Proofs) -> list[str]:
    """The decoder's walls, of which not every kernel has all, and the libraries."""
    built = [name for name, why in proofs.walls.items() if not why]
    lines = ["", f"the decoder's walls: {', '.join(built) or 'none'}"]
    lines += [f"  without {name}: {why}" for name, why in proofs.walls.items() if why]
    if proofs.libraries:
        lines.append(f"with {', '.join(proofs.libraries)}")
    return lines


def _document(check: Check, proofs: Proofs | None) -> dict[str, Any]:
    walls = proofs.walls if proofs else {}
    return {
        "check": check.name,
        "ok": not check.problem,
        "problem": check.problem,
        "advice": check.advice if check.problem else None,
        "imagemagick": proofs.imagemagick if proofs else None,
        "libraries": proofs.libraries if proofs else [],
        "walls": {name: why or "on" for name, why in walls.items()},
    }

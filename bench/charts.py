"""Draw the charts of the documents again, from results that were measured before.

`make charts` runs it; it measures nothing.
"""

from __future__ import annotations

import json

from bench import soak
from bench.scale import report as scale_report
from bench.speed import report


def main() -> None:
    """Draw speed.svg, memory.svg, soak.svg and scale.svg in docs/pictures."""
    report.draw(report.read())
    measured = json.loads(soak.MEASURED.read_text())
    soak.draw(measured["function"], measured["decoder"])
    scale_report.draw(scale_report.read())


if __name__ == "__main__":
    main()

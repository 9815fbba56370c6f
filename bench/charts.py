"""Draw the charts of the documents again, from results that were measured before.

`make charts` runs it; it measures nothing.
"""

from __future__ import annotations

import json

from bench import soak
from bench.speed import report


def main() -> None:
    """Draw docs/pictures/speed.svg, memory.svg and soak.svg."""
    report.draw(report.read())
    measured = json.loads(soak.RESULTS.read_text())
    soak.draw(measured["function"], measured["decoder"])


if __name__ == "__main__":
    main()

"""Measure what comparing both buckets costs, by the number of originals.

`make scale` measures 1,000 and 10,000 originals; ORIGINALS=1000000 measures that many,
and CHECKOUT=DIRECTORY an earlier version of the command line, as "before".
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from bench.folders import ROOT
from bench.scale import report
from resize_on_upload.reconcile.recipe import recipe_of
from resize_on_upload.sizes import parser as sizes_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SIZES = '{"sizes": ["150x", "50x50", "x150"]}'
WITH_MANIFEST = '{"sizes": ["150x", "50x50", "x150"], "manifest": true}'
COUNTS = (1_000, 10_000)


def main() -> None:
    """Print the measurements; write the table and the chart of the documents."""
    parser = argparse.ArgumentParser(prog="bench.scale", description=__doc__)
    parser.add_argument("--originals", type=int, nargs="*", default=COUNTS)
    parser.add_argument("--checkout", type=Path, help="an earlier version to measure")
    parser.add_argument(
        "--manifests",
        action="store_true",
        help="only with a manifest each",
    )
    options = parser.parse_args()
    checkout = options.checkout or ROOT
    results = report.read()
    for number in options.originals:
        for sizes in (WITH_MANIFEST,) if options.manifests else (SIZES, WITH_MANIFEST):
            row = measured(checkout, number, sizes)
            row["version"] = report.BEFORE if options.checkout else report.NOW
            print(report.line(row), flush=True)
            results = report.replaced(results, row)
    report.write(results)


def measured(checkout: Path, originals: int, sizes: str) -> dict[str, Any]:
    """Return one measurement of a checkout."""
    with _server(originals, sizes) as url:
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL_S3": url,
            "PYTHONPATH": f"{checkout}{os.pathsep}{checkout / 'lambda'}",
        }
        done = subprocess.run(
            [sys.executable, HERE / "comparison.py", sizes],
            check=True,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        calls = urlopen(f"{url}/counts").read().decode().split()  # noqa: S310 - http
    found = json.loads(done.stdout)
    if found.pop("keys") != {"current": originals}:
        sys.exit(f"not every key is current: {done.stdout}")
    names = ("version_pages", "object_pages", "heads")
    return {
        "originals": originals,
        "manifest": sizes == WITH_MANIFEST,
        **dict(zip(names, map(int, calls), strict=True)),
        **{name: round(value, 2) for name, value in found.items()},
    }


@contextmanager
def _server(originals: int, sizes: str) -> Iterator[str]:
    parsed = sizes_parser.parse(sizes)
    recipes = [f"{one.name}={recipe_of(one, parsed)}" for one in parsed]
    with subprocess.Popen(
        [sys.executable, HERE / "server.py", str(originals), *recipes],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout  # noqa: S101 - for mypy
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.terminate()


if __name__ == "__main__":
    main()

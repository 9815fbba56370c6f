"""1,178 real and hostile files: each gives all sizes or a rejection."""

from __future__ import annotations

import csv
import resource
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.errors import Rejected
from resize_on_upload.imaging.formats import PNG
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.imaging.results import ImageResult
from resize_on_upload.sizes.parser import parse
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

# One canary for the machine; the outcomes of both engines are compared.
pytestmark = pytest.mark.serial

SIZES = parse('{"sizes": ["150x", "50x50", "x150"]}')
CODES = {kind.reason for kind in Rejected.__subclasses__()}
MAX_CPU_SECONDS = 10
NEVER = {"decoder-crash", "decode-timeout"}

# docs/engine.md gives the reasons.
_AVIF = "AOMediaCodec__libavif/tests/data"
KNOWN_TO_DIFFER = {
    f"{_AVIF}/clap_irot_imir_non_essential.avif",
    f"{_AVIF}/color_grid_alpha_grid_tile_shared_in_dimg.avif",
    f"{_AVIF}/draw_points_idat_metasize0.avif",
    f"{_AVIF}/draw_points_idat_progressive_metasize0.avif",
    f"{_AVIF}/pyramid_pymd.avif",
    "python-pillow__Pillow/Tests/images/bmp/q/pal8os2v2-16.bmp",
}
_seen: dict[str, dict[str, str]] = {}
"""Engine → file → outcome; the engines run one after another."""


def _outcome(sandbox: Sandbox, blob: bytes) -> ImageResult | Rejected:
    try:
        return sandbox.make_variants(blob, SIZES)
    except Rejected as error:
        return error


def test_every_file_is_resized_or_rejected(
    corpus: Path,
    canary: Path,
    sandbox: Sandbox,
    engine: str,
    print_at_end: Callable[[str], None],
) -> None:
    """Sizes are exact, codes are known, time and memory are bounded."""
    temporary = _temporary()
    codes = Counter[str]()
    seen = _seen[engine] = {}
    slow, odd, peak = [], [], 0
    with (corpus / "INDEX.tsv").open() as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    for row in rows:
        blob = (corpus / row["path"]).read_bytes()
        pid, before = sandbox.pid, _cpu_seconds(sandbox)
        outcome = _outcome(sandbox, blob)
        start = before if sandbox.pid == pid else 0
        if _cpu_seconds(sandbox) - start > MAX_CPU_SECONDS:
            slow.append(row["path"])
        code = outcome.reason if isinstance(outcome, Rejected) else "written"
        codes[code] += 1
        seen[row["path"]] = code
        if code in NEVER or not (code == "written" or code in CODES):
            odd.append((row["path"], code))
        if isinstance(outcome, ImageResult) and not _is_complete(outcome, blob):
            odd.append((row["path"], "wrong size"))
        peak = max(peak, _peak(sandbox))
    print_at_end(_summary(len(rows), codes, peak, canary))
    assert slow == []
    assert odd == []
    assert codes["written"] >= 800
    assert peak < 1_300
    left = _temporary() - temporary
    wait_for(lambda: not left & _temporary(), lambda: f"left behind: {left}")
    for other in _seen.values():  # all engines that ran so far
        assert {path for path in seen if seen[path] != other[path]} <= KNOWN_TO_DIFFER


def _is_complete(result: ImageResult, blob: bytes) -> bool:
    """All sizes are there, and the source has the size its header says, upright."""
    if len(result.variants) != len(SIZES):
        return False
    source, header = result.source, probe(blob, Limits()).header
    size, stored = (source.width, source.height), (header.width, header.height)
    match source.format:
        case "heic" | "avif":
            # The header has the size as stored and padded; the decoder crops.
            return all(a <= b + 1 for a, b in zip(size, stored, strict=True))
        case "gif":  # the header includes frames that reach outside the canvas
            return size <= stored
    return size == (stored if header.orientation < 5 else stored[::-1])


def _temporary() -> set[str]:
    """ImageMagick's files in the folder that a warm environment keeps.

    Folders of that name belong to decoders, perhaps of another run; files of tests in
    other processes are soon gone.
    """
    found = Path("/tmp").glob("magick-*")  # noqa: S108 - Lambda's own
    return {str(file) for file in found if file.is_file()}


def _cpu_seconds(sandbox: Sandbox) -> float:
    """CPU time of the decoder so far (clock_getcpuclockid(3))."""
    return time.clock_gettime(~sandbox.pid << 3 | 2) if sandbox.pid else 0


def _peak(sandbox: Sandbox) -> int:
    """Peak memory of the decoder's process in MB."""
    if not sandbox.pid:
        return 0
    status = Path(f"/proc/{sandbox.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def _summary(files: int, codes: Counter[str], peak: int, canary: Path) -> str:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    lines = [f"{files:>6} files"]
    lines += [f"{count:>6} {code}" for code, count in codes.most_common()]
    lines += [
        f"{peak:>6} MB peak in the decoder's process, {own} MB in this one",
        f"     - nothing in {canary} read into an image, written or removed",
    ]
    return "\n".join(lines)


def test_no_hostile_file_reads_a_local_one(
    corpus: Path, canary: Path, sandbox: Sandbox
) -> None:
    """Variants of the payloads contain nothing of the files they refer to."""
    for file in sorted((corpus / "generated__shared").iterdir()):
        outcome = _outcome(sandbox, file.read_bytes())
        if isinstance(outcome, ImageResult):
            for variant in outcome.variants:
                assert b"CANARY" not in variant.body
                assert str(canary).encode() not in variant.body
                assert len(variant.body) < 100_000


def test_the_format_is_recognised_by_the_content(corpus: Path) -> None:
    """No file of a supported format is taken for another."""
    names = {"JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIC", "BMP"}
    with (corpus / "INDEX.tsv").open() as index:
        for row in csv.DictReader(index, delimiter="\t"):
            if row["format"] in names:
                try:
                    found = probe((corpus / row["path"]).read_bytes(), Limits()).format
                except Rejected:
                    continue
                assert found.name == row["format"].lower() or found is PNG, row["path"]

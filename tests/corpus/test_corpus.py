"""1,178 real and hostile files: each ends in every size, or in a rejection."""

from __future__ import annotations

import csv
import resource
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload.errors import Rejected
from resize_on_upload.imaging.formats import PNG
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.imaging.results import ImageResult
from resize_on_upload.sizes.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

SIZES = parse('{"sizes": ["150x", "50x50", "x150"]}')
CODES = {kind.code for kind in Rejected.__subclasses__()}
SLOWEST = 10  # seconds
NEVER = {"decoder-crash", "decode-timeout"}

# docs/engine.md says why.
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
"""Engine → file → outcome; the engines run one after the other."""


def _outcome(sandbox: Sandbox, blob: bytes) -> ImageResult | Rejected:
    try:
        return sandbox.make_variants(blob, SIZES)
    except Rejected as error:
        return error


def test_every_file_ends_in_one_of_two_ways(
    corpus: Path,
    canary: Path,
    sandbox: Sandbox,
    engine: str,
    tell: Callable[[str], None],
) -> None:
    """Sizes are exact, rejections have a known code; time and memory are bounded."""
    temporary = _temporary()
    codes = Counter[str]()
    seen = _seen[engine] = {}
    slow, odd, peak = [], [], 0
    with (corpus / "INDEX.tsv").open() as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    for row in rows:
        blob = (corpus / row["path"]).read_bytes()
        start = time.monotonic()
        outcome = _outcome(sandbox, blob)
        if time.monotonic() - start > SLOWEST:
            slow.append(row["path"])
        code = outcome.code if isinstance(outcome, Rejected) else "written"
        codes[code] += 1
        seen[row["path"]] = code
        if code in NEVER or not (code == "written" or code in CODES):
            odd.append((row["path"], code))
        if isinstance(outcome, ImageResult) and not _is_whole(outcome, blob):
            odd.append((row["path"], "wrong size"))
        peak = max(peak, _peak(sandbox))
    tell(_summary(len(rows), codes, peak, canary))
    assert slow == []
    assert odd == []
    assert codes["written"] >= 800
    assert peak < 1_300
    assert _temporary() <= temporary
    for other in _seen.values():  # what ran before, so all of it at the last
        assert {path for path in seen if seen[path] != other[path]} <= KNOWN_TO_DIFFER


def _is_whole(result: ImageResult, blob: bytes) -> bool:
    """The source has its header's size, upright; the walls hold the variants to it."""
    if len(result.variants) != len(SIZES):
        return False
    source, header = result.source, probe(blob, Limits()).header
    size, stored = (source.width, source.height), (header.width, header.height)
    match source.format:
        case "heic" | "avif":
            # The header tells the largest picture in the file, stored and padded; the
            # decoder turns, cuts, and may have a smaller one as the primary.
            pairs = zip(sorted(size), sorted(stored), strict=True)
            return all(a <= b + 1 for a, b in pairs)
        case "gif":  # the limits count frames that reach outside the screen
            return size <= stored
    return size == (stored if header.orientation < 5 else stored[::-1])


def _temporary() -> set[str]:
    """Files of ImageMagick's in the folder that a warm environment keeps.

    Folders of that name are other decoders', perhaps of another run.
    """
    found = Path("/tmp").glob("magick-*")  # noqa: S108 - Lambda's own
    return {str(file) for file in found if file.is_file()}


def _peak(sandbox: Sandbox) -> int:
    """MB the decoder's process has taken at most."""
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
        f"{peak:>6} MB at most in the decoder's process, {own} MB in this one",
        f"     - nothing in {canary} read into a picture, written or removed",
    ]
    return "\n".join(lines)


def test_no_hostile_file_reads_a_local_one(
    corpus: Path, canary: Path, sandbox: Sandbox
) -> None:
    """What comes out of the payloads holds nothing of what they point at."""
    for file in sorted((corpus / "generated__shared").iterdir()):
        outcome = _outcome(sandbox, file.read_bytes())
        if isinstance(outcome, ImageResult):
            for variant in outcome.variants:
                assert b"CANARY" not in variant.body
                assert str(canary).encode() not in variant.body
                assert len(variant.body) < 100_000


def test_the_format_of_the_corpus_is_told_by_content(corpus: Path) -> None:
    """No file of our formats is taken for something else."""
    names = {"JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIC", "BMP"}
    with (corpus / "INDEX.tsv").open() as index:
        for row in csv.DictReader(index, delimiter="\t"):
            if row["format"] in names:
                try:
                    found = probe((corpus / row["path"]).read_bytes(), Limits()).format
                except Rejected:
                    continue
                assert found.name == row["format"].lower() or found is PNG, row["path"]

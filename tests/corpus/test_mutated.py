"""Damaged files: each has an outcome, in limited time, and always the same one.

MUTATED files, made from the corpus with a fixed random seed; `make corpus` makes
3,000.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload.errors import Rejected
from resize_on_upload.sizes.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

MUTATED = int(os.environ.get("MUTATED", "150"))
SIZES = parse('{"sizes": ["150x", "50x50", "x150"]}')
MAX_SECONDS = 10.0  # of CPU time
MIN_BYTES, MAX_BYTES = 64, 1_500_000  # of a file to damage
_TICK = os.sysconf("SC_CLK_TCK")


def _flip(blob: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 4, 32))):
        blob[dice.randrange(len(blob))] ^= 1 << dice.randrange(8)


def _flip_the_head(blob: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 2, 4))):
        blob[dice.randrange(min(len(blob), 256))] = dice.randrange(256)


def _extreme(blob: bytearray, dice: random.Random) -> None:
    """A number at the edge of its range."""
    at = dice.randrange(len(blob))
    values = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\x01")
    blob[at : at + 4] = dice.choice(values)


def _cut(blob: bytearray, dice: random.Random) -> None:
    del blob[dice.randrange(1, len(blob)) :]


def _delete(blob: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(blob))
    del blob[at : at + dice.choice((1, 3, 64, 4_096))]


def _insert(blob: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(blob))
    blob[at:at] = dice.randbytes(dice.choice((1, 3, 64, 4_096)))


def _repeat(blob: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(blob))
    part = blob[at : at + dice.choice((8, 512, 8_192))]
    blob[at:at] = part * dice.choice((1, 5))


def _blank(blob: bytearray, dice: random.Random) -> None:
    at, length = dice.randrange(len(blob)), dice.choice((4, 64, 4_096))
    blob[at : at + length] = bytes(len(blob[at : at + length]))


MUTATIONS = (_flip, _flip_the_head, _extreme, _cut, _delete, _insert, _repeat, _blank)


def _mutated(corpus: Path, number: int) -> dict[str, bytes]:
    files = [
        file
        for file in sorted(corpus.rglob("*.*"))
        if MIN_BYTES <= file.stat().st_size <= MAX_BYTES and file.name != "INDEX.tsv"
    ]
    dice = random.Random(5)  # noqa: S311 - the same files every time
    found = {}
    for index in range(number):
        file, mutate = dice.choice(files), dice.choice(MUTATIONS)
        blob = bytearray(file.read_bytes())
        mutate(blob, dice)
        found[f"{index}-{mutate.__name__[1:]}-{file.name}"] = bytes(blob)
    return found


def _outcome(sandbox: Sandbox, blob: bytes) -> str | tuple[bytes, ...]:
    try:
        return tuple(one.body for one in sandbox.make_variants(blob, SIZES).variants)
    except Rejected as error:
        return error.reason


def _cpu(sandbox: Sandbox) -> float:
    """Seconds of CPU time that the decoder's process has used."""
    if not sandbox.pid:
        return 0.0
    fields = Path(f"/proc/{sandbox.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK  # utime and stime, proc(5)


def test_a_damaged_file_has_one_outcome_in_any_order(
    corpus: Path, sandbox: Sandbox, engine: str, print_at_end: Callable[[str], None]
) -> None:
    files = _mutated(corpus, MUTATED)
    slow: dict[str, float] = {}
    outcomes: list[dict[str, str | tuple[bytes, ...]]] = []
    for order in (list(files), list(reversed(files))):
        outcomes.append({})
        for name in order:
            before, pid = _cpu(sandbox), sandbox.pid
            outcomes[-1][name] = _outcome(sandbox, files[name])
            taken = _cpu(sandbox) - (before if sandbox.pid == pid else 0.0)
            if taken > MAX_SECONDS:
                slow[name] = taken
    codes = Counter(
        one if isinstance(one, str) else "written" for one in outcomes[0].values()
    )
    counts = ", ".join(f"{count} {code}" for code, count in codes.most_common())
    print_at_end(f"  {engine:<7} {len(files)} damaged files, in two orders: {counts}")
    assert slow == {}
    differing = [name for name in files if outcomes[0][name] != outcomes[1][name]]
    assert differing == []
    assert codes.keys().isdisjoint({"decoder-crash", "decode-timeout"})

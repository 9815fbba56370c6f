"""This project's image job, in the container image if this machine can build it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bench.engines import place
from bench.engines.peer import this_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.engines.peer import Peer

"""Real photos next to the checkout; a sheet without its photos is left out."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Makes variants of one original at a time."""

    peer: Peer
    folder: Path

    def make(
        self, original: bytes, document: Mapping[str, Any], **job: object
    ) -> list[bytes]:
        """Return the variants of a document like sizes.json, in its order.

        Args:
            original: The bytes of an upload.
            document: As in sizes.json; siblings follow the size they belong to.
            job: Whatever else bench/peers/this_project.py reads of a job.
        """
        with TemporaryDirectory(dir=self.folder) as name:
            out = Path(name)
            out.chmod(0o777)
            file = out / "original"
            file.write_bytes(original)
            self.peer.ask({"file": str(file), "document": document, **job}, out)
            made = sorted(out.glob("[0-9]*"), key=lambda path: int(path.name))
            return [path.read_bytes() for path in made]

    def keep(self, name: str, body: bytes) -> Path:
        """Keep a file for documents to name; return where the engine sees it."""
        file = self.folder / name
        file.write_bytes(body)
        return Path(self.peer.inside(file))


@contextmanager
def running() -> Iterator[Engine]:
    """Run the engine during the block."""
    with place.deployed() as where, this_project(where).running() as peer:
        yield Engine(peer, where.folder("features"))

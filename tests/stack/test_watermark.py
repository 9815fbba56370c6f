"""`cdk deploy` puts the files of watermarks into the container image."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from local.deployment import deploy
from local.deployment.checkout import copy_project
from tests.support import watermarks
from tests.support.templates import resources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOGO, OTHER = watermarks.plain(), watermarks.plain(9, 9)
WITH = {"sizes": ["150x"], "watermark": {"file": "config/logo.png"}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout to synthesize."""
    return copy_project(tmp_path_factory.mktemp("watermark") / "checkout")


class _Synthesized:
    """What `cdk synth` wrote: the template, and what the image is built from."""

    def __init__(self, out: Path, template: Path) -> None:
        (self.function,) = resources(
            json.loads(template.read_text()), "AWS::Lambda::Function"
        )
        (self.folder,) = (file.parent for file in out.glob("asset.*/Dockerfile"))
        self.pngs = {f.name: f.read_bytes() for f in self.folder.rglob("*.png")}

    @property
    def sizes(self) -> str:
        """The sizes in the function's environment."""
        return str(self.function["Environment"]["Variables"]["SIZES"])


def _synth(project: Path, out: Path, sizes: Any, logo: bytes = LOGO) -> _Synthesized:
    (project / "config" / "sizes.json").write_text(json.dumps(sizes))
    (project / "config" / "logo.png").write_bytes(logo)
    return _Synthesized(out, deploy.synth(out, project=project))


def _names(folder: Path) -> Iterator[str]:
    yield from (str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())


def test_the_file_is_in_the_image_under_its_digest(
    project: Path, tmp_path: Path
) -> None:
    plain = _synth(project, tmp_path / "plain", {"sizes": ["150x"]})
    marked = _synth(project, tmp_path / "marked", WITH)
    other = _synth(project, tmp_path / "other", WITH, OTHER)
    again = _synth(project, tmp_path / "again", WITH)
    digest = hashlib.sha256(LOGO).hexdigest()
    assert (plain.pngs, marked.pngs) == ({}, {f"{digest}.png": LOGO})
    added = {*_names(marked.folder)} - {*_names(plain.folder)}
    assert added == {f"sizes/watermarks/{digest}.png"}
    assert f"sha256:{digest}" in marked.sizes
    tags = [str(one.function["Code"]) for one in (plain, marked, other, again)]
    assert len(set(tags)) == 3
    assert tags[1] == tags[3], "the same file gives the same image"
    assert not [*project.rglob(f"{digest}*")], "the checkout stays as it is"


def test_a_file_that_cannot_be_a_watermark_is_not_deployed(
    project: Path, tmp_path: Path
) -> None:
    with pytest.raises(deploy.DeployError) as caught:
        _synth(project, tmp_path / "out", WITH, watermarks.png(bits=16))
    message = str(caught.value)
    assert ': watermark.file: "config/logo.png" has 16 bits' in message
    assert "Traceback" not in message

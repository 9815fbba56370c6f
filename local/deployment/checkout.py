"""A copy of the checkout, so that its sizes.json can be changed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from local.deployment.deploy import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_DEPLOYED = (
    *("app.py", "cdk.json", "stacks", "resize_on_upload_cdk", "lambda", "config"),
)


def copy_project(folder: Path) -> Path:
    """Copy the files that `cdk synth` reads into a new folder."""
    folder.mkdir()
    for name in _DEPLOYED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copyfile(source, folder / name)
    return folder

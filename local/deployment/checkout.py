"""A copy of the checkout, so that its sizes.json can be changed."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from local.deployment.deploy import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_DEPLOYED = (
    *("app.py", "cdk.json", "stacks", "resize_on_upload_cdk", "lambda", "config"),
)


def copy_project(folder: Path, sizes: Mapping[str, Any] | None = None) -> Path:
    """Copy the files that `cdk synth` reads into a new folder.

    Args:
        folder: Created here.
        sizes: The content of sizes.json, if not a copy of the checkout's.
    """
    folder.mkdir()
    for name in _DEPLOYED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copyfile(source, folder / name)
    if sizes is not None:
        (folder / "config" / "sizes.json").write_text(json.dumps(sizes))
    return folder

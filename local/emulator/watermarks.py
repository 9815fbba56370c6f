"""Watermarks as the deployed container image would have them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload.sizes.watermarks.files import FOLDER_VARIABLE

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime


def variables(state: Path, runtime: Runtime) -> dict[str, str]:
    """The variable that leads the function to the watermarks, if there are any.

    Args:
        state: The folder of the stack, with what was synthesized.
        runtime: Where the function's code runs.
    """
    folder, found = state / "watermarks", dict[str, str]()
    for file in state.glob("cdk.out/asset.*/sizes/watermarks/*.png"):
        folder.mkdir(exist_ok=True)
        copy = shutil.copyfile(file, folder / file.name)
        found[FOLDER_VARIABLE] = str(Path(runtime.inside(copy)).parent)
    return found

"""The README's picture: one photo and its sizes, from the demo's own gallery.

`make pictures` runs it after the demo; it needs Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from local import demo
from local.stack import ROOT
from tools import gallery

PICTURE = ROOT / "docs" / "pictures" / "sizes.png"
PHOTO = "mountains.jpg"
WINDOW = "1180,510"


def main() -> None:
    """Take the picture; the exit code says whether it worked."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        sys.exit("Chromium is needed: apt-get install chromium")
    with TemporaryDirectory() as folder:
        page = gallery.write(
            Path(folder) / "page.html",
            demo.sections({PHOTO: demo.samples()[PHOTO]}, demo.saved()),
        )
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                browser,
                *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update"),
                *("--hide-scrollbars", f"--window-size={WINDOW}"),
                *(f"--user-data-dir={folder}/profile", f"--screenshot={PICTURE}"),
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    main()

"""Write the policies of docs/permissions.md: `make reference`."""

from __future__ import annotations

from scripts.permissions.document import DOCUMENT, written

if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text()))

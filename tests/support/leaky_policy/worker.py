"""The real worker, under a policy of the system's that lets SVG through."""

from __future__ import annotations

from resize_on_upload.imaging import selftest
from resize_on_upload.imaging.sandbox import worker


def main() -> None:
    """As the real one; an attack gets through."""
    selftest._accepts = lambda **_: True
    worker.main()


if __name__ == "__main__":
    main()

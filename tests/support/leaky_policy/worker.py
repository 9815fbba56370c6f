"""The real worker, as if the system's policy allowed SVG."""

from __future__ import annotations

from resize_on_upload.imaging import selftest
from resize_on_upload.imaging.sandbox import worker


def main() -> None:
    """Run the real worker; all attacks succeed."""
    selftest._accepts = lambda **_: True
    worker.main()


if __name__ == "__main__":
    main()

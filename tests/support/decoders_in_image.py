"""Start decoders in the built container image: ImageMagick 7, as Lambda's user."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from resize_on_upload.imaging.sandbox import launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from local.emulator.runtime import Runtime


ZEROED_MEMORY = "/var/task/resize_on_upload/imaging/sandbox/_zeroed_memory.so"


@contextmanager
def decoders_inside(
    image: Runtime,
    patch: pytest.MonkeyPatch,
    module: str = launch.WORKER,
    **variables: str,
) -> Iterator[None]:
    """Every process started in the block runs in the container image's root.

    Args:
        image: The built container image.
        patch: Undone at the end of the block.
        module: The worker; its package must be in the container image.
        variables: Added to its environment.
    """
    folder = image.root / "tmp" / "magick-tests"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    inside = f"/tmp/{folder.name}"  # noqa: S108 - in the image's root
    environment = {
        **image.environment,
        **launch.KEPT_MEMORY,
        "LD_PRELOAD": ZEROED_MEMORY,
        "TMPDIR": inside,
        "MAGICK_TEMPORARY_PATH": inside,
        **variables,
    }
    with patch.context() as inner:
        inner.setattr(launch, "command", lambda: [*image.command[:-1], module])
        inner.setattr(launch, "environment", lambda _: environment)
        yield

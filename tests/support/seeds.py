"""A small file of every format, to read, to damage or to fuzz from."""

from __future__ import annotations

from resize_on_upload.imaging import selftest
from tests.support import imagemagick, images, jxl, raw, ultra_hdr

SEEDS = {
    **{
        fmt: images.encoded(fmt, 37, 23)
        for fmt in ("jpeg", "png", "gif", "webp", "avif", "tiff", "bmp")
    },
    "heic": selftest.HEIC,
    "jxl": jxl.QUARTERS,
    "jxl-boxes": jxl.in_boxes(jxl.file(orientation=6, also=("animation",)), parts=2),
    "gain-map": ultra_hdr.photo(37, 23),
    "progressive": imagemagick.run(
        ["png:-", "-interlace", "Plane", "jpeg:-"], images.png(37, 23)
    ),
    "animation": images.webp_animation((37, 23), *[images.encoded("webp", 37, 23)] * 3),
    **{name: make(raw.Photo(orientation=6)) for name, make in raw.LAYOUTS.items()},
    "turned": images.exif_orientation(images.encoded("jpeg", 37, 23), 6),
}

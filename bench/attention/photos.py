"""Photos next to the checkout, and where the subject is in those that have one.

Subjects are marked by eye.
"""

from __future__ import annotations

Subject = tuple[float, float, float, float]
"""Left, top, right and bottom, in fractions of the upright image."""

PHOTOS: dict[str, Subject | None] = {
    "corpus/AOMediaCodec__libavif/tests/data/apple_gainmap_new.jpg": None,
    "corpus/AOMediaCodec__libavif/tests/data/io/cosmos1650_yuv444_10bpc_p3pq.avif": (
        0.45,
        0.33,
        0.68,
        0.85,
    ),
    "corpus/AOMediaCodec__libavif/tests/data/io/kodim03_yuv420_8bpc.avif": (
        0.08,
        0.1,
        0.86,
        0.75,
    ),
    "corpus/AOMediaCodec__libavif/tests/data/io/kodim23_yuv420_8bpc.avif": (
        0.15,
        0.05,
        0.95,
        0.8,
    ),
    "corpus/AOMediaCodec__libavif/tests/data/paris_exif_xmp_icc.jpg": None,
    "corpus/AOMediaCodec__libavif/tests/data/seine_hdr_gainmap_small_srgb.avif": None,
    "corpus/AOMediaCodec__libavif/tests/data/sofa_grid1x5_420.avif": None,
    "corpus/AOMediaCodec__libavif/tests/data/weld_sato_12B_8B_q0.avif": (
        0.33,
        0.25,
        0.68,
        0.85,
    ),
    "corpus/emcconville__wand/tests/assets/beach.jpg": None,
    "corpus/emcconville__wand/tests/assets/horizon_sunset_border2.jpg": (
        0.4,
        0.25,
        0.6,
        0.5,
    ),
    "corpus/emcconville__wand/tests/assets/mona-lisa.jpg": (0.42, 0.12, 0.72, 0.42),
    "corpus/emcconville__wand/tests/assets/tiger_hd-1920x1080.jpg": (
        0.18,
        0.08,
        0.55,
        0.8,
    ),
    "corpus/emcconville__wand/tests/assets/sasha.jpg": (0.3, 0.02, 0.62, 0.33),
    "corpus/image-rs__image/tests/images/jpg/progressive/3.jpg": None,
    "corpus/image-rs__image/tests/images/jpg/progressive/cat.jpg": (
        0.26,
        0.19,
        0.57,
        0.6,
    ),
    "corpus/image-rs__image/tests/images/jpg/portrait_2.jpg": (0.3, 0.3, 0.75, 0.9),
    "corpus/python-pillow__Pillow/Tests/images/exif-72dpi-int.jpg": (
        0.25,
        0.12,
        0.65,
        0.5,
    ),
    "corpus/python-pillow__Pillow/Tests/images/exif_typeerror.jpg": (
        0.04,
        0.26,
        0.94,
        0.9,
    ),
    "corpus/python-pillow__Pillow/Tests/images/flower.jpg": (0.38, 0.31, 0.73, 0.75),
    "corpus/python-pillow__Pillow/Tests/images/flower2.jpg": (0.25, 0.02, 0.68, 0.9),
    "corpus/python-pillow__Pillow/Tests/images/iptc.jpg": (0.08, 0.4, 1, 0.9),
    "corpus/python-pillow__Pillow/Tests/images/hopper.jpg": (0.3, 0.15, 0.7, 0.64),
    "corpus/python-pillow__Pillow/Tests/images/app13-multiple.jpg": (
        0.18,
        0.2,
        0.97,
        0.6,
    ),
    "corpus/python-pillow__Pillow/Tests/images/xmp_tags_orientation.png": (
        0.15,
        0.1,
        0.85,
        0.9,
    ),
    "corpus/recurser__exif-orientation-examples/Portrait_6.jpg": (
        0.36,
        0.64,
        0.58,
        0.95,
    ),
    "corpus/wagtail__Willow/tests/images/people.jpg": (0.18, 0.08, 0.78, 0.6),
    "corpus/wagtail__Willow/tests/images/tree.webp": (0.18, 0.05, 0.9, 0.9),
    "corpus/wagtail__Willow/tests/images/cameraman.tif": (0.33, 0.06, 0.75, 0.4),
    "corpus/libjpeg-turbo__libjpeg-turbo/testimages/monkey16.png": (0.1, 0.1, 0.9, 0.6),
    "corpus/libjpeg-turbo__libjpeg-turbo/testimages/shira_bird8.bmp": (
        0.5,
        0.3,
        1,
        0.9,
    ),
    "corpus/libjpeg-turbo__libjpeg-turbo/testimages/testorig.png": (
        0.26,
        0.1,
        0.8,
        0.75,
    ),
    "corpus/image-rs__image-png/tests/bugfixes/gama-srgb-order-issue#304.png": (
        0.15,
        0.2,
        0.9,
        0.8,
    ),
    "photos/j08_rot6.jpg": (0.25, 0.07, 0.85, 0.4),
    "photos/j12_d90.jpg": (0.22, 0.17, 0.76, 0.75),
    "photos/j12_prog.jpg": (0.12, 0.2, 0.88, 0.75),
    "phones/heic_exif-at-eof.heic": (0.15, 0.1, 0.75, 0.9),
    "phones/heic_img_1034.heic": None,
    "phones/heic_issue_263_dotnet.heic": None,
    "phones/heic_issue_487.heic": None,
    "phones/heic_sample1.heic": None,
    "phones/heic_sample3.heic": (0.38, 0.2, 0.6, 0.67),
    "phones/heic_sample4.heic": (0.05, 0.05, 1, 0.9),
    "phones/ultrahdr_01.jpg": (0, 0.6, 1, 1),
    "phones/ultrahdr_02.jpg": (0, 0.55, 1, 1),
    "phones/ultrahdr_04.jpg": (0, 0.45, 1, 1),
    "skimage/astronaut.png": (0.33, 0.08, 0.58, 0.36),
    "skimage/coffee.png": (0.17, 0.1, 0.72, 0.9),
    "skimage/chelsea.png": (0.3, 0.15, 0.95, 0.75),
    "skimage/rocket.jpg": (0.43, 0.25, 0.55, 0.9),
    "skimage/motorcycle_left.png": (0.05, 0.15, 0.95, 0.85),
}

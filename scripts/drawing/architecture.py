"""Draw docs/pictures/architecture.svg: what an upload passes through.

`make charts` draws it.
"""

from __future__ import annotations

from pathlib import Path

from scripts.drawing.shapes import Arrow, Box, drawing

FILE = Path(__file__).parents[2] / "docs" / "pictures" / "architecture.svg"
TITLE = "From an upload to the viewer: buckets, functions, queues and events"

BOXES = (
    Box("person", 20, 24, 200, 52, "You", ("aws s3 cp, a form, an app",)),
    Box("bucket", 20, 146, 200, 84, "Original bucket", ("every upload, unchanged",)),
    Box(
        "service",
        20,
        320,
        200,
        68,
        "Backfill",
        ("from your terminal, or as", "an S3 Batch Operations job"),
    ),
    Box(
        "function",
        340,
        112,
        230,
        214,
        "Function",
        ("compares what both buckets", "hold with sizes.json"),
    ),
    Box(
        "decoder",
        358,
        192,
        194,
        116,
        "Decoder process",
        (
            "ImageMagick in a sandbox:",
            "no credentials, no network,",
            "no files; its response",
            "is checked",
        ),
    ),
    Box("bucket", 680, 146, 200, 84, "Resized bucket", ("150x/  50x50/  x150/",)),
    Box(
        "service",
        680,
        24,
        200,
        52,
        "EventBridge",
        ("events about each upload",),
        optional=True,
    ),
    Box(
        "function",
        340,
        376,
        230,
        68,
        "On-request function",
        ("makes one missing size,", "stores it, sends it"),
        optional=True,
    ),
    Box(
        "service",
        680,
        376,
        200,
        68,
        "CloudFront",
        ("your domain, AVIF or WebP,", "private images"),
        optional=True,
    ),
    Box("person", 680, 520, 200, 52, "Viewer", ("/150x/photo.jpg",)),
    Box(
        "queue",
        20,
        508,
        176,
        68,
        "Rejected queue",
        ("not an image, damaged:", "with the cause"),
    ),
    Box(
        "queue",
        212,
        508,
        176,
        68,
        "Failed queue",
        ("after three attempts;", "redrive sends it again"),
    ),
    Box(
        "service",
        404,
        508,
        166,
        68,
        "CloudWatch",
        ("a log line per upload,", "metrics, alarms"),
    ),
)

ARROWS = (
    Arrow(((120, 76), (120, 142)), ("upload, replace, delete",), (130, 113), "start"),
    Arrow(((220, 188), (336, 188)), ("S3 event",), (278, 180)),
    Arrow(((220, 354), (262, 354), (262, 250), (336, 250)), ("keys",), (299, 243)),
    Arrow(((570, 188), (676, 188)), ("variants,", "manifest"), (623, 164)),
    Arrow(
        ((455, 112), (455, 50), (676, 50)),
        ("resized or rejected",),
        (470, 42),
        "start",
        optional=True,
    ),
    Arrow(((780, 230), (780, 372)), ("reads",), (790, 305), "start", optional=True),
    Arrow(((680, 410), (574, 410)), ("missing",), (626, 428), optional=True),
    Arrow(((570, 392), (640, 392), (640, 212), (676, 212)), (), optional=True),
    Arrow(((780, 516), (780, 448)), ("GET",), (790, 487), "start"),
    Arrow(((340, 300), (300, 300), (300, 476), (108, 476), (108, 504))),
    Arrow(((300, 476), (300, 504))),
    Arrow(((300, 476), (487, 476), (487, 504))),
)


def main() -> None:
    """Write the drawing."""
    FILE.write_text(drawing(TITLE, BOXES, ARROWS), encoding="utf-8")
    print(FILE)


if __name__ == "__main__":
    main()

"""Paths, and whether the edge function lets them through to the cache."""

EDGE_SIZES = '{"manifest": true, "sizes": ["150x", "50x50", "x150"]}'

PATHS = {
    "/150x/photo.jpg": True,
    "/50x50/a/b.jpg": True,
    "/%3150x/photo.jpg": True,
    "/150x/a%20b+c.jpg": True,
    "/150x//photo.jpg": True,
    "/manifest/photo.jpg.json": True,
    "/150x/" + "%41" * 1_019: True,
    "/150x/" + "%C3%BC" * 509 + "k": True,
    "/150x/" + "k" * 1_019: True,
    "/": False,
    "/150x": False,
    "/150x/": False,
    "/150x/folder/": False,
    "/150x/folder%2F": False,
    "/photo.jpg": False,
    "/151x/photo.jpg": False,
    "/150X/photo.jpg": False,
    "/constructor/photo.jpg": False,
    "/__proto__/photo.jpg": False,
    "//150x/photo.jpg": False,
    "/150x%2Fphoto.jpg": False,
    "/150x/a%00b.jpg": False,
    "/150x/%ff.jpg": False,
    "/%ff/photo.jpg": False,
    "/150x/%": False,
    "/150x/" + "%41" * 1_020: False,
    "/150x/" + "%C3%BC" * 510: False,
    "/150x/" + "k" * 1_020: False,
}

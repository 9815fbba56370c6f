"""Accept headers, and the format that the edge function chooses of AVIF and WebP."""

ACCEPT_SIZES = (
    '{"formats": ["avif", "webp", "original"],'
    ' "sizes": ["150x", {"geometry": "50x", "formats": ["webp", "avif", "jpeg"]},'
    ' {"geometry": "x150", "formats": ["webp", "png"]},'
    ' {"geometry": "20x", "format": "jpeg"}]}'
)

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
FIREFOX = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
SAFARI = "image/webp,image/avif,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8"

ACCEPTS: dict[str, str] = {
    CHROME: "avif",
    FIREFOX: "avif",
    SAFARI: "avif",
    "": "",
    "*/*": "",
    "image/*": "",
    "image/*;q=1, */*;q=1": "",
    "image/avif": "avif",
    "image/webp": "webp",
    "IMAGE/WebP": "webp",
    "image/webp,image/avif": "avif",
    "image/avif;q=0": "",
    "image/avif;q=0.000,image/webp": "webp",
    "image/avif;q=0,image/webp;q=0,*/*": "",
    "image/avif;q=0.5,image/webp;q=0.6": "webp",
    "image/avif;q=0.6,image/webp;q=0.6": "avif",
    "image/avif;q=0.001": "avif",
    "image/avif ; q=0.5 , image/webp\t;\tQ=0.9": "webp",
    "image/avif;q=1.000,image/webp;q=1.": "avif",
    "image/avif,image/avif;q=0": "",
    "image/avif;q=0,image/avif": "",
    # Not a weight, so not a media range.
    "image/avif;q=1.001": "",
    "image/avif;q=2": "",
    "image/avif;q=-1": "",
    "image/avif;q=0.0001": "",
    "image/avif;q=": "",
    "image/avif;q=.5": "",
    'image/avif;q="1"': "",
    "image/avif;q=0,5": "",
    # Another type than the plain one.
    "image/avif;depth=10": "",
    "image/avif;depth=10;q=1,image/webp": "webp",
    'text/x;a="image/avif,image/avif,"': "",
    'text/x;a=", image/avif ,", image/webp': "webp",
    'text/x;a="\\",image/avif,"': "",
    "image/avif-sequence": "",
    "ximage/avif": "",
    "image/avif/x": "",
    "image/ avif": "",
    # Garbage, as long as it is not in quotes.
    ",,,": "",
    ",image/webp,": "webp",
    ";q=1": "",
    '"': "",
    "\\": "",
    "%69mage/avif": "",
    "image/__proto__,image/constructor;q=1": "",
    "image/avif" + " " * 900: "avif",
    "image/avif" + " " * 900 + "x": "",
    ("image/avif," * 800): "",
    "a" * 8_000 + ",image/avif": "",
    '"' * 1_000 + ",image/avif": "avif",
    '"' * 999 + ",image/avif": "avif",
}

"""Variants that are encoded at the same time are those of one thread."""

from __future__ import annotations

import ctypes
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resize_on_upload.errors import Rejected, ResultTooLarge
from resize_on_upload.imaging.codecs.fitting import encode_to_fit
from resize_on_upload.imaging.encoding import side_by_side, variants
from resize_on_upload.imaging.encoding.side_by_side import SideBySide
from resize_on_upload.imaging.imagemagick import magick, sequence
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload.settings import Settings
from resize_on_upload.sizes.parser import parse
from tests.support import imagemagick, images
from tests.support.decoders_in_image import decoders_inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.runtime import Runtime
    from resize_on_upload.imaging.output.output import Output
    from resize_on_upload.imaging.results import Variant
    from resize_on_upload.sizes.size import Size

MEMORY = 1_500 * 1024 * 1024
CORES = 4
LARGE = ["-size", "1200x900", "plasma:navy-gold"]
WIDTHS = ["90x", "60x", "30x", {"geometry": "20x20^", "crop": True, "name": "c"}]
PHOTO = imagemagick.run(["-size", "400x300", "plasma:tomato-steelblue", "jpeg:-"], b"")
FRAME = images.encoded("webp", 90, 60)
# Without AVIF: ImageMagick 6 leaves its alpha unset, and only the memory of the
# decoder's process is zero.
UPLOADS = {
    "jpeg": PHOTO,
    "jpeg turned": images.exif_orientation(PHOTO, 6),
    "jpeg grey": imagemagick.run(["jpeg:-", "-colorspace", "gray", "jpeg:-"], PHOTO),
    "jpeg cmyk": imagemagick.run(["jpeg:-", "-colorspace", "cmyk", "jpeg:-"], PHOTO),
    "png alpha": images.png(120, 90, alpha=True),
    "png palette": imagemagick.run(["jpeg:-", "-colors", "99", "png8:-"], PHOTO),
    "png 16 bit": imagemagick.run(["jpeg:-", "-depth", "16", "png48:-"], PHOTO),
    "webp": images.encoded("webp", 120, 90),
    "gif": images.gif((90, 60), ((0, 0, 90, 60), 1), ((10, 5, 50, 40), 2)),
    "webp animation": images.webp_animation((90, 60), FRAME, FRAME, FRAME),
}


@pytest.fixture
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small variants are worth a thread, too."""
    monkeypatch.setattr(side_by_side, "MIN_MILLISECONDS", 0.0)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sizes that were encoded in another thread."""
    names: list[str] = []
    make, main = variants.make, threading.get_ident()

    def noted(
        frames: magick.Image, output: Output, fallback: Variant | None
    ) -> Variant:
        if threading.get_ident() != main:
            names.append(output.size.name)
        return make(frames, output, fallback)

    monkeypatch.setattr(variants, "make", noted)
    return names


def _sizes(*sizes: object, **defaults: object) -> tuple[Size, ...]:
    return parse(json.dumps({"sizes": sizes or WIDTHS, **defaults}))


def _outcome(blob: bytes, sizes: tuple[Size, ...], cores: int) -> object:
    try:
        return make_variants(blob, sizes, cores=cores)
    except Exception as error:  # noqa: BLE001 - compared
        return type(error), str(error)


FORMATS = st.one_of(
    st.fixed_dictionaries(
        {"format": st.sampled_from(["avif", "webp", "jpeg", "png", "gif"])}
    ),
    st.builds(
        lambda modern, fallback: {"formats": [*modern, fallback]},
        st.lists(st.sampled_from(["avif", "webp"]), min_size=1, unique=True),
        st.sampled_from(["original", "jpeg", "png", "gif"]),
    ),
    st.just({"formats": ["webp", "jpeg"], "lossless": "auto", "progressive": "auto"}),
)
SIZES = st.builds(
    lambda widths, formats, **options: _sizes(
        *({"geometry": f"{width}x", "name": str(width)} for width in widths),
        **formats,
        **options,
    ),
    st.lists(st.integers(1, 400), min_size=1, max_size=5, unique=True),
    FORMATS,
    animation=st.sampled_from(["keep", "first"]),
    manifest=st.booleans(),
    maxBytes=st.sampled_from([1_000, 3_000, 10_000_000]),
)


@pytest.mark.usefixtures("_always")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    upload=st.sampled_from(sorted(UPLOADS)),
    sizes=SIZES,
    room=st.integers(1, 99),
)
def test_any_sizes_of_any_upload_have_the_bytes_of_one_thread(
    upload: str, sizes: tuple[Size, ...], room: int
) -> None:
    """However few pixels may be encoded at the same time."""
    blob = UPLOADS[upload]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(side_by_side, "MAX_PIXELS", room * 2_000)
        assert _outcome(blob, sizes, CORES) == _outcome(blob, sizes, 1)


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("fmt", ["original", "jpeg", "png", "webp", "gif", "avif"])
@pytest.mark.parametrize("upload", UPLOADS)
def test_every_format_of_every_upload_has_the_bytes_of_one_thread(
    upload: str, fmt: str, started: list[str]
) -> None:
    sizes = _sizes(format=fmt)
    expected = make_variants(UPLOADS[upload], sizes)
    assert not started
    assert make_variants(UPLOADS[upload], sizes, cores=CORES) == expected
    assert len(started) == len(sizes) - 1  # the last one is made meanwhile


@pytest.fixture(params=["machine", pytest.param("image", marks=pytest.mark.image)])
def boxes(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Sandbox, Sandbox]]:
    """Decoders for one core and for more, here and in the built container image."""
    if request.param == "image":
        image: Runtime = request.getfixturevalue("image")
        with decoders_inside(image, monkeypatch):
            both = [Sandbox(MEMORY, Limits(), cores=cores) for cores in (1, CORES)]
            yield both[0], both[1]
    else:
        both = [Sandbox(MEMORY, Limits(), cores=cores) for cores in (1, CORES)]
        yield both[0], both[1]
    for box in both:
        box.close()


def test_the_decoder_gives_the_bytes_of_one_thread(
    boxes: tuple[Sandbox, Sandbox],
) -> None:
    """Within its walls, with variants large enough for threads."""
    one, several = boxes
    sizes = _sizes("900x", "600x", "300x", formats=["avif", "webp", "original"])
    for fmt in ("jpeg", "png", "avif"):
        blob = imagemagick.run([*LARGE, f"{fmt}:-"], b"")
        expected = one.make_variants(blob, sizes)
        assert several.make_variants(blob, sizes) == expected


def test_a_dead_decoder_costs_its_image_alone() -> None:
    """It ends while several variants are encoded, with all its threads."""
    box = Sandbox(MEMORY, Limits(), cores=CORES)
    sizes = _sizes("2000x", "1900x", "1800x", "1700x", format="avif")
    blob = imagemagick.run(["-size", "2400x1800", "plasma:red-blue", "jpeg:-"], b"")
    box.make_variants(PHOTO, _sizes())
    first = box.pid
    with pytest.raises(Rejected, match="decoding took more than"):
        box.make_variants(blob, sizes, seconds=0.5)
    assert len(box.make_variants(PHOTO, _sizes()).variants) == len(WIDTHS)
    assert box.pid != first
    box.close()


def _failing(
    monkeypatch: pytest.MonkeyPatch, errors: dict[str, Exception], times: int = 9
) -> None:
    encode, left = encode_to_fit, dict.fromkeys(errors, times)

    def broken(frames: magick.Image, *options: Any) -> Any:
        name = f"{frames.width}"
        if left.get(name, 0):
            left[name] -= 1
            raise errors[name]
        return encode(frames, *options)

    monkeypatch.setattr(variants, "encode_to_fit", broken)


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("where", ["90", "60", "30"])
def test_an_error_in_a_thread_is_that_of_one_thread(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(threading.enumerate())  # other tests may have left one
    _failing(monkeypatch, {where: magick.WandException("broken")})
    with pytest.raises(magick.WandException, match="broken"):
        make_variants(PHOTO, _sizes(), cores=CORES)
    assert set(threading.enumerate()) <= before


@pytest.mark.usefixtures("_always")
def test_what_failed_in_threads_is_made_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Several images at the same time may take more memory than there is."""
    expected = make_variants(PHOTO, _sizes())
    for error in (MemoryError(), magick.WandException("cache resources exhausted")):
        with monkeypatch.context() as patch:
            _failing(patch, {"60": error}, times=1)
            assert make_variants(PHOTO, _sizes(), cores=CORES) == expected


@pytest.mark.usefixtures("_always")
def test_of_several_errors_the_first_one_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A variant is too large only after an earlier one has failed."""

    def too_large(frames: magick.Image, _: Output) -> None:
        if frames.width == 30:
            raise ResultTooLarge("too large")  # noqa: EM101, TRY003 - a test

    monkeypatch.setattr(variants, "check_fits", too_large)
    with pytest.raises(ResultTooLarge):
        make_variants(PHOTO, _sizes(), cores=CORES)
    _failing(monkeypatch, {"60": magick.WandException("earlier")})
    for cores in (1, CORES):
        with pytest.raises(magick.WandException, match="earlier"):
            make_variants(PHOTO, _sizes(), cores=cores)


def test_one_core_starts_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(SideBySide, "__init__", refuse)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    large = _sizes("390x", "380x", format="avif")
    assert make_variants(PHOTO, large, cores=1)
    assert make_variants(PHOTO, large[:1], cores=CORES)  # a single variant


def test_small_variants_start_no_thread(started: list[str]) -> None:
    make_variants(PHOTO, _sizes("150x", "50x50", "x150"), cores=CORES)
    assert not started
    make_variants(PHOTO, _sizes("390x", "380x", format="avif"), cores=CORES)
    assert len(started) == 1


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize(("room", "most"), [(90 * 68 * 2, 2), (90 * 68 - 1, 1)])
def test_few_pixels_are_encoded_at_the_same_time(
    room: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variant that alone has too many pixels is encoded alone."""
    monkeypatch.setattr(side_by_side, "MAX_PIXELS", room)
    sizes = _sizes(*({"geometry": "90x", "name": str(n)} for n in range(8)))
    lock, now, seen = threading.Lock(), [0], [0]
    together = threading.Barrier(most)
    make = variants.make

    def counted(
        frames: magick.Image, output: Output, fallback: Variant | None
    ) -> Variant:
        with lock:
            now[0] += 1
            seen[0] = max(seen[0], now[0])
        together.wait(30)
        made = make(frames, output, fallback)
        with lock:
            now[0] -= 1
        return made

    monkeypatch.setattr(variants, "make", counted)
    make_variants(PHOTO, sizes, cores=CORES)
    assert seen[0] == most


def test_an_image_for_another_thread_has_its_own_pixels() -> None:
    with magick.Image(blob=PHOTO) as image, image.clone() as copy:
        assert _pixels(copy) == _pixels(image)
        sequence.unshare(copy)
        own = _pixels(copy)
        assert own != _pixels(image)
        sequence.unshare(copy)
        assert _pixels(copy) == own  # what is not shared is not copied


def _pixels(image: magick.Image) -> int:
    """The address of the first pixel."""
    core, pointer = magick.libmagick, ctypes.c_void_p
    core.AcquireExceptionInfo.restype = core.GetVirtualPixels.restype = pointer
    magick.library.GetImageFromMagickWand.restype = pointer
    magick.library.GetImageFromMagickWand.argtypes = [pointer]
    reason = core.AcquireExceptionInfo()
    side, length = ctypes.c_ssize_t, ctypes.c_size_t
    core.GetVirtualPixels.argtypes = [pointer, side, side, length, length, pointer]
    shown = magick.library.GetImageFromMagickWand(image.wand)
    return int(core.GetVirtualPixels(shown, 0, 0, 1, 1, reason))


@pytest.mark.parametrize(
    ("memory", "cores"),
    [(512, 1), (1_769, 1), (1_770, 2), (3_538, 2), (3_539, 3), (10_240, 6)],
)
def test_the_memory_decides_on_the_cores(memory: int, cores: int) -> None:
    values: Any = dict.fromkeys(Settings.__dataclass_fields__) | {"memory": memory}
    assert Settings(**values).cores == cores

"""Every format and orientation becomes RGB; what is no picture gets its own error."""

import io
import math
import subprocess
import sys
import time
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from facelab.errors import CorruptImage, ImageTooLarge, NotAnImage
from facelab.images import OWN_PIXELS, decode, large, loaded, opened
from facelab.types import Box, Face, Size
from tests.builders import encoded, huge_png

RED, BLUE = (254, 0, 0), (0, 0, 254)


def file(picture: Pillow.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def halves() -> Pillow.Image:
    """32 × 16 pixels: the left half red, the right half blue."""
    picture = Pillow.new("RGB", (32, 16), RED)
    picture.paste(BLUE, (16, 0, 32, 16))
    return picture


@pytest.mark.parametrize(
    ("form", "options"),
    [("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {"lossless": True}), ("GIF", {})],
)
def test_formats(form: str, options: dict[str, Any]) -> None:
    image = decode(file(halves(), form, **options))
    assert image.shape == (16, 32, 3)
    assert image.dtype == np.uint8
    np.testing.assert_allclose(image[8, 4], RED, atol=6)
    np.testing.assert_allclose(image[8, 28], BLUE, atol=6)


def test_a_phones_jpeg_with_further_pictures() -> None:
    data = file(halves(), "MPO", save_all=True, append_images=[halves()])
    np.testing.assert_allclose(decode(data)[8, 4], RED, atol=8)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK"])
def test_modes(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    image = decode(file(halves().convert(mode), form))
    expected = decode(file(halves().convert(mode).convert("RGB"), "PNG"))
    np.testing.assert_allclose(image, expected, atol=8)


def test_gray_of_16_bits_keeps_its_range() -> None:
    ramp = np.linspace(0, 65535, 64, dtype=np.uint16)[None].repeat(4, axis=0)
    image = decode(file(Pillow.fromarray(ramp), "PNG"))
    np.testing.assert_allclose(image[0, :, 0], ramp[0] / 257, atol=1)


@pytest.mark.parametrize(
    "picture",
    [
        Pillow.new("RGBA", (8, 8), (0, 0, 0, 0)),
        Pillow.new("LA", (8, 8), (0, 0)),
        Pillow.new("RGBA", (8, 8), (0, 0, 0, 0)).convert("P"),
    ],
    ids=["RGBA", "LA", "P"],
)
def test_transparent_is_white(picture: Pillow.Image) -> None:
    image = decode(file(picture, "PNG", **({"transparency": 0} if picture.mode == "P" else {})))
    assert image.min() == 255


def test_first_frame_of_a_gif() -> None:
    frames = [Pillow.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    image = decode(file(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    np.testing.assert_array_equal(image[0, 0], RED)


@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [(1, (8, 0)), (2, (8, 31)), (3, (8, 31)), (4, (8, 0)), (5, (0, 8)), (6, (0, 8)), (7, (31, 8)), (8, (31, 8))],
)
def test_exif_orientation(orientation: int, red_at: tuple[int, int]) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image = decode(file(halves(), "PNG", exif=exif))
    assert image.shape == ((16, 32, 3) if orientation < 5 else (32, 16, 3))
    np.testing.assert_array_equal(image[red_at], RED)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0II", b"Exif\0\0II*\0\x08\0\0\0\x09"])
def test_damaged_exif_is_no_damaged_picture(form: str, exif: bytes) -> None:
    assert decode(file(halves(), form, exif=exif)).shape == (16, 32, 3)


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg/>", b"%PDF-1.4", b"\x00" * 1000, b"\xff\xd8"])
def test_no_picture(data: bytes) -> None:
    with pytest.raises(NotAnImage, match="JPEG, PNG, WebP or GIF"):
        decode(data)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_cut_short(form: str, share: float) -> None:
    noise = Pillow.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8))
    data = file(noise, form)
    with pytest.raises(CorruptImage):
        decode(data[: int(len(data) * share)])


def test_damaged_header_or_body_is_an_image_error() -> None:
    data, rng = bytearray(encoded()), np.random.default_rng(2)
    for _ in range(300):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), 5):
            damaged[place] = rng.integers(0, 256)
        try:
            decode(bytes(damaged), max_pixels=1_000_000)
        except (NotAnImage, CorruptImage, ImageTooLarge):
            continue


@pytest.mark.parametrize("side", [1, 15, 64, 4096, 4097, 8192, 8193, 9000, 32_766])
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_long_sides_come_down_by_a_power_of_two(form: str, side: int) -> None:
    for width, height in ((side, 40), (40, side)):
        image, size = loaded(opened(encoded(width, height, form=form)))
        assert (size.width, size.height) == (width, height)
        assert max(image.shape) <= 4096
        assert size.factor == 1 or max(image.shape) > 2048
        assert image.shape == (math.ceil(height / size.factor), math.ceil(width / size.factor), 3)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_a_large_picture_is_the_mean_of_its_pixels(mode: str) -> None:
    """Whatever the mode, and where one part meets the next."""
    gray = Pillow.radial_gradient("L").resize((4200, 2500))
    wide = np.asarray(gray).astype(np.uint16) * 257
    picture = Pillow.fromarray(wide) if mode == "I;16" else gray.convert("RGB").convert(mode)
    image, size = loaded(opened(file(picture, "JPEG" if mode == "CMYK" else "PNG")))
    assert size == Size(width=4200, height=2500, factor=2)
    expected = np.asarray(gray).reshape(1250, 2, 2100, 2).mean(axis=(1, 3))
    assert np.abs(image[..., 1] - expected).max() <= {"P": 20, "CMYK": 4}.get(mode, 1)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_xmp_turns_nothing(form: str) -> None:
    xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    noted = PngInfo()
    noted.add_itxt("XML:com.adobe.xmp", xmp)
    data = file(halves(), form, **({"pnginfo": noted} if form == "PNG" else {"xmp": xmp.encode()}))
    assert Pillow.open(io.BytesIO(data)).getexif()[0x0112] == 6
    assert decode(data).shape == (16, 32, 3)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_large_picture_is_upright(form: str, orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image, size = loaded(opened(file(halves().resize((8200, 100)), form, exif=exif)))
    assert (size.width, size.height) == ((8200, 100) if orientation == 1 else (100, 8200))
    for at in (0, -1):
        pixel = image[at, 0] if orientation == 6 else image[0, at]
        np.testing.assert_allclose(pixel, (RED, BLUE)[at], atol=8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_was_reduced_lies_where_it_was(orientation: int) -> None:
    """In a picture whose sides are no multiples, so that the last pixels in the file, or the first, are of fewer."""
    upright = np.add.outer(np.arange(9) * 12, np.arange(17) * 5)[..., None].repeat(3, axis=2).astype(np.uint8)
    stored = upright[:, ::-1] if orientation in (2, 3, 6, 7) else upright
    stored = stored[::-1] if orientation in (3, 4, 7, 8) else stored
    stored = stored.transpose(1, 0, 2) if orientation in (5, 6, 7, 8) else stored
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    picture = Pillow.fromarray(np.ascontiguousarray(stored))
    image, size = loaded(opened(file(picture, "PNG", exif=exif)), largest=5)
    assert (size.width, size.height, size.factor) == (17, 9, 4)
    point = size.full(Face(box=Box(left=1, top=1, right=2, bottom=2), landmarks=((2.0, 1.0),)))
    (x, y), box = point.landmarks[0], point.box
    assert image[1, 2, 0] == pytest.approx(12 * y + 5 * x, abs=1)
    assert ((box.left + box.right) / 2, (box.top + box.bottom) / 2) == (x - 4 + 0.5, y + 0.5)


def test_transparent_gray_of_16_bits_is_white() -> None:
    gray = np.full((4, 6), 30_000, np.uint16)
    gray[:, :3] = 60_000
    image = decode(file(Pillow.fromarray(gray), "PNG", transparency=30_000))
    assert image[0, :, 0].tolist() == [233, 233, 233, 255, 255, 255]


# getrusage would tell the most of the process that started it, too.
MEMORY = """
import re, sys
from pathlib import Path
from facelab.images import loaded, opened

def most() -> int:
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

data = sys.stdin.buffer.read()
before = most()
loaded(opened(data))
print((most() - before) // 1024)
"""


@pytest.mark.parametrize(
    ("form", "mode", "size", "most"),
    [
        ("JPEG", "RGB", (7000, 5285), 110),
        ("PNG", "RGB", (7000, 5285), 220),
        ("PNG", "RGBA", (7000, 5285), 220),
        ("JPEG, progressive", "RGB", (7000, 4228), 220),
        ("JPEG, progressive", "CMYK", (7000, 3171), 220),
        ("WEBP", "RGB", (3598, 3598), 220),
        ("WEBP", "RGBA", (3598, 3598), 220),
    ],
)
def test_the_largest_pictures_leave_room_in_512_mb(form: str, mode: str, size: tuple[int, int], most: int) -> None:
    """The service itself takes 290 of them."""
    form, _, progressive = form.partition(", ")
    options: dict[str, Any] = {"WEBP": {"method": 0}}.get(form, {})
    if progressive:
        options = {"progressive": True, "subsampling": 0}
    data = file(Pillow.radial_gradient("L").resize(size).convert(mode), form, **options)
    done = subprocess.run([sys.executable, "-c", MEMORY], input=data, capture_output=True, check=True)
    assert int(done.stdout) < most


def test_too_many_bytes() -> None:
    data = encoded()
    with pytest.raises(ImageTooLarge, match="bytes"):
        decode(data, max_bytes=len(data) - 1)
    decode(data, max_bytes=len(data))


@pytest.mark.parametrize("size", [(50_000, 50_000), (12_000, 9_000), (6_400, 6_400)])
def test_too_many_pixels_are_not_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(ImageTooLarge, match="pixels"):
        decode(huge_png(*size))


def test_a_webp_has_fewer_pixels() -> None:
    data = encoded(1000, 36, form="WEBP")
    with pytest.raises(ImageTooLarge, match="a WebP of at most 35,000 pixels was expected, 1000×36 came"):
        opened(data, max_pixels=100_000)
    assert opened(encoded(1000, 35, form="WEBP"), max_pixels=100_000).size == (1000, 35)
    assert opened(encoded(1000, 36), max_pixels=100_000).size == (1000, 36)


@pytest.mark.parametrize(
    ("mode", "subsampling", "most"), [("L", 0, 100_000), ("RGB", 2, 100_000), ("RGB", 0, 80_000), ("CMYK", 0, 60_000)]
)
def test_a_progressive_jpeg_has_fewer_pixels_by_what_is_held_of_each(mode: str, subsampling: int, most: int) -> None:
    def progressive(side: int) -> bytes:
        return file(Pillow.new(mode, (side, 100)), "JPEG", progressive=True, subsampling=subsampling)

    assert opened(progressive(most // 100), max_pixels=100_000).width == most // 100
    kind = "a picture" if most == 100_000 else "a JPEG in several scans"
    with pytest.raises(ImageTooLarge, match=f"{kind} of at most {most:,} pixels was expected"):
        opened(progressive(most // 100 + 1), max_pixels=100_000)


def test_a_jpeg_of_a_scan_for_each_colour_is_no_other() -> None:
    """As cameras write none; the first scan's header says that it has one of three."""
    data = file(Pillow.new("RGB", (900, 100)), "JPEG", subsampling=0)
    assert opened(data, max_pixels=100_000).width == 900
    alone = data.replace(b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11", b"\xff\xda\x00\x08\x01\x01\x00")
    assert alone != data
    with pytest.raises(ImageTooLarge, match="a JPEG in several scans of at most 80,000 pixels"):
        opened(alone, max_pixels=100_000)


def test_a_thumbnail_is_no_scan() -> None:
    exif = b"Exif\0\0" + file(Pillow.new("RGB", (16, 16)), "JPEG")
    data = file(Pillow.new("RGB", (900, 100)), "JPEG", subsampling=0, exif=exif)
    assert data.count(b"\xff\xda") == 2
    assert opened(data, max_pixels=100_000).width == 900


def test_a_jpeg_of_endless_scans_is_refused_before_they_are_decoded() -> None:
    data = file(halves(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x01\x05\x01"
    decode(data[:last] + 80 * scan + data[last:])
    with pytest.raises(CorruptImage, match="a JPEG of at most 100 scans was expected, 30,0"):
        decode(data[:last] + 30_000 * scan + data[last:])


@pytest.mark.parametrize(
    ("form", "part"), [("JPEG", b"\xff\xe5\0\2"), ("JPEG", b"\xff\xe1\0\x08Exif\0\0"), ("GIF", b"!\xfe\1x\0")]
)
def test_a_header_of_endless_parts_comes_to_an_end(form: str, part: bytes) -> None:
    data = file(halves(), form)
    begin = 2 if form == "JPEG" else data.index(b",")
    decode(data[:begin] + 1000 * part + data[begin:])
    start = time.monotonic()
    with pytest.raises(CorruptImage, match="too many parts"):
        decode(data[:begin] + 400_000 * part + data[begin:])
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(("width", "expected"), [(1400, False), (1401, True)])
def test_which_pictures_are_large(width: int, expected: bool) -> None:
    data = file(Pillow.new("L", (width, 1500)), "PNG")
    assert large(data) is expected
    assert not large(data[:20])


def test_ones_own_webp_has_as_many_as_any() -> None:
    data = encoded(6000, 5300, form="WEBP", method=0)
    assert opened(data, max_pixels=OWN_PIXELS).size == (6000, 5300)


@pytest.mark.parametrize("size", [(32_767, 1), (1, 40_000)])
def test_sides_that_opencv_cannot_warp(size: tuple[int, int]) -> None:
    with pytest.raises(ImageTooLarge, match="sides"):
        decode(encoded(*size, form="PNG"))


def test_one_pixel() -> None:
    assert decode(encoded(1, 1)).shape == (1, 1, 3)


def test_a_picture_for_which_no_memory_is_left_is_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facelab.images._reduced", Mock(side_effect=MemoryError))
    with pytest.raises(MemoryError):
        decode(encoded(), max_pixels=1_000_000)

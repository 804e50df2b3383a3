"""File formats and channel order: bytes in, an upright RGB picture out."""

import io
import math
import re
import sys
import warnings

import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError
from PIL.ExifTags import Base as Exif
from PIL.JpegImagePlugin import JpegImageFile

from facelab.errors import CorruptImage, ImageError, ImageTooLarge, NotAnImage
from facelab.types import Image, Size

MAX_BYTES = 10_000_000
MAX_PIXELS = 37_000_000
MAX_SIDE = 32_766  # what OpenCV can warp
# A picture of one's own may be as large as Pillow opens without a warning.
OWN_BYTES, OWN_PIXELS = sys.maxsize, 89_478_485
# Pillow decodes a WebP at once, with 16 bytes for each pixel; others come in parts.
WEBP_SHARE = 0.35
# libjpeg holds all coefficients of a JPEG in several scans, two bytes each; there is room for so many bytes a pixel.
HELD = 4.8
SCAN = re.compile(rb"\xff\xda\0[\x06\x08\x0a\x0c\x0e](.)", re.DOTALL)  # begins with how many colours it has
MOST_SCANS = 100  # files have some twenty; each costs a walk over all blocks, even if it is empty
MOST_READS = 50_000  # files take some hundred; each of a header's parts takes one, and Pillow keeps what it says
LARGE = 2_100_000  # pixels; a frame of 1920×1080 has fewer
LARGEST_SIDE = 4096  # of a picture that is analysed as it is
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
TURNED = (5, 6, 7, 8)  # the orientations that swap width and height
LAST_ROW_FIRST, LAST_COLUMN_FIRST = (3, 4, 7, 8), (2, 3, 6, 7)  # in what is upright, once they are swapped
PART = 2_000_000  # pixels that are brought to RGB at a time: each step takes four more bytes for each


def quiet() -> None:
    """Keeps Pillow from warning of damaged EXIF and of many pixels, which is an error of the picture where it matters.

    For a process of our own: Python would write each text outside of the log, and keep it for ever.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")


def decode(data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> Image:
    """The picture in `data` as RGB, turned as its EXIF orientation says; of an animation the first frame.

    Transparent parts become white. Pixels are counted before any is decoded.

    Raises NotAnImage, CorruptImage or ImageTooLarge.
    """
    return loaded(opened(data, max_bytes=max_bytes, max_pixels=max_pixels), largest=MAX_SIDE)[0]


def opened(data: bytes | Image, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> Pillow.Image:
    """A picture of which nothing is decoded yet, or an upright one as an array. Raises as `decode` does."""
    if not isinstance(data, np.ndarray) and len(data) > max_bytes:
        raise ImageTooLarge(f"a picture of at most {max_bytes:,} bytes was expected, a larger one came")
    picture = _of(data) if isinstance(data, np.ndarray) else _open(data, max_pixels)
    kind, share = _room(picture, data)
    size, limit = f"{picture.width}×{picture.height}", pixels(max_pixels, share)
    if picture.width * picture.height > limit:
        raise ImageTooLarge(f"{kind} of at most {limit:,} pixels was expected, {size} came")
    if max(picture.size) > MAX_SIDE:
        raise ImageTooLarge(f"sides of at most {MAX_SIDE:,} pixels were expected, {size} came")
    return picture


def large(data: bytes) -> bool:
    """Whether a picture takes much memory; one that cannot be opened takes none."""
    try:
        picture = _open(data, OWN_PIXELS)
    except ImageError:
        return False
    return picture.width * picture.height > LARGE


def pixels(most: int, share: float) -> int:
    """The share of `most` pixels that takes no more memory than these; one's own take what they take."""
    return most if most == OWN_PIXELS else int(most * share)


def loaded(picture: Pillow.Image, *, largest: int = LARGEST_SIDE) -> tuple[Image, Size]:
    """An opened picture as `decode` gives it, brought down to at most `largest` pixels a side; it is closed then.

    Raises CorruptImage.
    """
    width, height = picture.size
    factor = 1 << (math.ceil(max(width, height) / largest) - 1).bit_length()
    try:
        image = _reduced(picture, factor)
        orientation = _orientation(picture)
        picture.close()
        if orientation in TURNED:
            width, height = height, width
        left = -(-width % factor) if orientation in LAST_COLUMN_FIRST else 0
        top = -(-height % factor) if orientation in LAST_ROW_FIRST else 0
        return _upright(image, orientation), Size(width=width, height=height, factor=factor, left=left, top=top)
    except MemoryError:
        raise
    # Damaged files make Pillow's decoders raise nearly anything: OSError, SyntaxError, struct.error, …
    except Exception as error:
        raise CorruptImage(f"the picture is damaged or cut short: {error}") from None


def _of(array: Image) -> Pillow.Image:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        came = f"{array.dtype} in {array.shape}"
        raise NotAnImage(f"an array of uint8 in the shape (height, width, 3) was expected, {came} came")
    return Pillow.fromarray(array)


class _File(io.BytesIO):
    """Bytes in which a header of endless parts comes to an end."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MOST_READS:
            raise OSError("it has too many parts")
        return super().read(size)


def _room(picture: Pillow.Image, data: bytes | Image) -> tuple[str, float]:
    """What a picture is, and what share of the pixels of others takes as much memory as these. Raises CorruptImage."""
    if picture.format == "WEBP":
        return "a WebP", WEBP_SHARE
    if isinstance(picture, JpegImageFile) and not isinstance(data, np.ndarray):
        scans = [found[1][0] for found in SCAN.finditer(data)]
        if len(scans) > MOST_SCANS:
            raise CorruptImage(f"a JPEG of at most {MOST_SCANS} scans was expected, {len(scans):,} came")
        if "progressive" in picture.info or any(colours < picture.layers for colours in scans):
            cells = [across * down for _, across, down, _ in picture.layer]
            if (held := 2 * sum(cells) / max(cells)) > HELD:
                return "a JPEG in several scans", HELD / held
    return "a picture", 1.0


def _open(data: bytes, max_pixels: int) -> Pillow.Image:
    try:
        return Pillow.open(_File(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise NotAnImage("a JPEG, PNG, WebP or GIF picture was expected") from None
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
        raise ImageTooLarge(f"a picture of at most {max_pixels:,} pixels was expected, a larger one came") from None
    except Exception as error:
        raise CorruptImage(f"the picture's header is damaged: {error}") from None


def _orientation(picture: Pillow.Image) -> int:
    """As EXIF says, 1 where it is damaged, which makes Pillow raise nearly anything.

    Not as XMP says, which Pillow asks otherwise: no browser turns a picture by it.
    """
    try:
        for name in ("xmp", "XML:com.adobe.xmp"):
            picture.info.pop(name, None)
        return int(picture.getexif().get(Exif.Orientation, 1))
    except Exception:
        return 1


def _reduced(picture: Pillow.Image, factor: int) -> Image:
    """A picture as it lies in the file, each `factor` × `factor` pixels as their mean."""
    full = max(picture.size)
    if factor > 1:
        picture.draft(None, (picture.width // factor or 1, picture.height // factor or 1))  # JPEG decodes fewer pixels
    rest = factor * max(picture.size) // full
    if rest == 1 and picture.width * picture.height <= PART:
        return np.asarray(_rgb(picture))
    image = np.empty((math.ceil(picture.height / rest), math.ceil(picture.width / rest), 3), np.uint8)
    rows = max(1, PART // (picture.width * rest))
    for top in range(0, len(image), rows):
        part = picture.crop((0, top * rest, picture.width, min((top + rows) * rest, picture.height)))
        image[top : top + rows] = np.asarray(_rgb(part).reduce(rest))
    return image


def _upright(image: Image, orientation: int) -> Image:
    """Turned and mirrored, so that EXIF's orientation becomes 1."""
    if orientation in TURNED:
        image = image.transpose(1, 0, 2)
    if orientation in LAST_ROW_FIRST:
        image = image[::-1]
    if orientation in LAST_COLUMN_FIRST:
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _rgb(picture: Pillow.Image) -> Pillow.Image:
    if picture.mode.startswith("I"):  # 16-bit gray, which convert() would clip at 255
        values, clear = np.asarray(picture).clip(0, 65535), picture.info.get("transparency")
        picture = Pillow.fromarray(np.where(values == clear, 255, values // 257).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Pillow.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        return white
    return picture if picture.mode == "RGB" else picture.convert("RGB")  # which would copy it

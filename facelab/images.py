"""File formats and channel order: bytes in, an upright RGB picture out."""

import io
import math
import sys
import warnings

import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError
from PIL.ExifTags import Base as Exif

from facelab.errors import CorruptImage, ImageTooLarge, NotAnImage
from facelab.types import Image, Size

MAX_BYTES = 10_000_000
MAX_PIXELS = 37_000_000
MAX_SIDE = 32_766  # what OpenCV can warp
# A picture of one's own may be as large as Pillow opens without a warning.
OWN_BYTES, OWN_PIXELS = sys.maxsize, 89_478_485
# Pillow decodes a WebP at once, with 16 bytes for each pixel; others come in parts.
WEBP_SHARE = 0.35
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
    size, limit = f"{picture.width}×{picture.height}", pixels(picture.format, max_pixels)
    if picture.width * picture.height > limit:
        kind = "a WebP" if picture.format == "WEBP" else "a picture"
        raise ImageTooLarge(f"{kind} of at most {limit:,} pixels was expected, {size} came")
    if max(picture.size) > MAX_SIDE:
        raise ImageTooLarge(f"sides of at most {MAX_SIDE:,} pixels were expected, {size} came")
    return picture


def pixels(form: str | None, most: int) -> int:
    """How many pixels of a format take no more memory than `most` of the others; one's own take what they take."""
    return int(most * WEBP_SHARE) if form == "WEBP" and most != OWN_PIXELS else most


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
    # Damaged files make Pillow's decoders raise nearly anything: OSError, SyntaxError, struct.error, …
    except Exception as error:
        raise CorruptImage(f"the picture is damaged or cut short: {error}") from None


def _of(array: Image) -> Pillow.Image:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        came = f"{array.dtype} in {array.shape}"
        raise NotAnImage(f"an array of uint8 in the shape (height, width, 3) was expected, {came} came")
    return Pillow.fromarray(array)


def _open(data: bytes, max_pixels: int) -> Pillow.Image:
    try:
        return Pillow.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise NotAnImage("a JPEG, PNG, WebP or GIF picture was expected") from None
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
        raise ImageTooLarge(f"a picture of at most {max_pixels:,} pixels was expected, a larger one came") from None
    except Exception as error:
        raise CorruptImage(f"the picture's header is damaged: {error}") from None


def _orientation(picture: Pillow.Image) -> int:
    """As EXIF says, 1 where it is damaged, which makes Pillow raise nearly anything."""
    try:
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

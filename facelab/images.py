"""File formats and channel order: bytes in, an upright RGB picture out."""

import io

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from facelab.errors import CorruptImage, ImageTooLarge, NotAnImage
from facelab.types import Image

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000
MAX_SIDE = 32_766  # what OpenCV can warp
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def decode(data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> Image:
    """The picture in `data` as RGB, turned as its EXIF orientation says; a GIF's first frame.

    Transparent parts become white. Pixels are counted before any is decoded.

    Raises NotAnImage, CorruptImage or ImageTooLarge.
    """
    if len(data) > max_bytes:
        raise ImageTooLarge(f"a picture of at most {max_bytes:,} bytes was expected, a larger one came")
    picture = _open(data)
    if picture.width * picture.height > max_pixels:
        size = f"{picture.width}×{picture.height}"
        raise ImageTooLarge(f"a picture of at most {max_pixels:,} pixels was expected, {size} came")
    if max(picture.size) > MAX_SIDE:
        raise ImageTooLarge(
            f"sides of at most {MAX_SIDE:,} pixels were expected, {picture.width}×{picture.height} came"
        )
    return _load(picture)


def _open(data: bytes) -> Pillow.Image:
    try:
        return Pillow.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise NotAnImage("a JPEG, PNG, WebP or GIF picture was expected") from None
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise ImageTooLarge(f"the picture has too many pixels: {error}") from None
    except Exception as error:
        raise CorruptImage(f"the picture's header is damaged: {error}") from None


def _load(picture: Pillow.Image) -> Image:
    try:
        upright: Pillow.Image = ImageOps.exif_transpose(picture)
        return np.asarray(_rgb(upright))
    # Damaged files make Pillow's decoders raise nearly anything: OSError, SyntaxError, struct.error, …
    except Exception as error:
        raise CorruptImage(f"the picture is damaged or cut short: {error}") from None


def _rgb(picture: Pillow.Image) -> Pillow.Image:
    if picture.mode.startswith("I"):  # 16-bit gray, which convert() would clip at 255
        picture = Pillow.fromarray((np.asarray(picture).clip(0, 65535) // 257).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Pillow.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        return white
    return picture.convert("RGB")

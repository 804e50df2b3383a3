"""Pictures for the page and a film for its camera, made from scikit-image's public-domain astronaut."""

import io
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from skimage import data

from facelab.types import Box

# Between ears, brows and chin, by eye, in the 512×512 pixels of the astronaut.
FACE = Box(left=186, top=85, right=270, bottom=175)

WIDTH, HEIGHT = 640, 480
# The astronaut stands left of the middle of a frame, so that a box which is not mirrored is far off.
SIZE, LEFT, TOP = 384, 48, 60
SWAY = (0, 2, 4, 6, 4, 2)  # pixels to the right, frame by frame


def face_in_clip() -> Box:
    """Where the face is on average, in pixels of a frame."""
    scaled = FACE.scaled(SIZE / 512)
    left = LEFT + sum(SWAY) / len(SWAY)
    return Box(left=left + scaled.left, top=TOP + scaled.top, right=left + scaled.right, bottom=TOP + scaled.bottom)


def write_clip(path: Path) -> None:
    """Motion JPEG, which is one JPEG behind the other; Chromium plays it over and over."""
    path.write_bytes(b"".join(jpeg(_frame(shift)) for shift in SWAY))


def astronaut() -> Pillow.Image:
    return Pillow.fromarray(data.astronaut())


def lying_jpeg() -> bytes:
    """The astronaut as a phone held sideways stores it: turned to the left, with a note to turn it back."""
    exif = Pillow.Exif()
    exif[0x0112] = 6  # "turn clockwise by 90 degrees"
    return jpeg(astronaut().rotate(90), exif=exif)


def jpeg(picture: Pillow.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90, **options)
    return file.getvalue()


def _frame(shift: int) -> Pillow.Image:
    frame = Pillow.new("RGB", (WIDTH, HEIGHT), (92, 98, 104))
    frame.paste(astronaut().resize((SIZE, SIZE)), (LEFT + shift, TOP))
    return frame

"""Pictures with what was found drawn into them: each face's box, landmarks and labels."""

import errno
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from facelab.errors import OutputError
from facelab.types import FaceReport, Image, Prediction
from facelab.whole import whole

LINE, DARK = "#ffd54a", "black"
UNFIT_NAME = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)  # what a file system says of a name it does not take


def annotated(image: Image, faces: Iterable[tuple[int, FaceReport]]) -> Image:
    """A copy of the picture with the faces, each under its number."""
    picture = Pillow.fromarray(image)
    pen = ImageDraw.Draw(picture)
    size = max(10, round(max(picture.size) / 50))  # of the letters, in pixels
    for number, report in faces:
        _face(pen, number, report, size)
    return np.asarray(picture)


def save(image: Image, file: Path) -> None:
    """Into a file of the format that its name tells, in a folder that is made if need be.

    Raises OutputError where nothing can be written there, and OSError where this picture cannot, or not by its name.
    """
    encoded = io.BytesIO()
    Pillow.fromarray(image).save(encoded, Pillow.registered_extensions()[file.suffix.lower()], quality=90)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole(file) as new:
            new.write_bytes(encoded.getbuffer())
    except OSError as error:
        if error.errno in UNFIT_NAME:
            raise
        raise OutputError(f"{file} cannot be written: {error}") from None


def words(prediction: Prediction) -> str:
    """`happy 94%`, and for an age `54 (38-70)`, in letters that Pillow's own font has."""
    if prediction.years is None or prediction.interval is None:
        return f"{prediction.label} {prediction.score:.0%}"
    low, high = prediction.interval
    return f"{prediction.years:.0f} ({low:.0f}-{high:.0f})"


def _face(pen: ImageDraw.ImageDraw, number: int, report: FaceReport, size: int) -> None:
    box, width = report.face.box, max(1, size // 8)
    pen.rectangle((box.left, box.top, box.right, box.bottom), outline=LINE, width=width)
    for x, y in report.face.landmarks:
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=LINE)
    text = "\n".join([f"{number}", *map(words, report.predictions.values())])
    _text(pen, (box.left, box.bottom), text, size)


def _text(pen: ImageDraw.ImageDraw, corner: tuple[float, float], text: str, size: int) -> None:
    """Below a corner, but inside the picture."""
    stroke = max(1, size // 8)
    _, _, width, height = pen.multiline_textbbox((0, 0), text, font_size=size, stroke_width=stroke)
    x, y = (max(0, min(at, end - room)) for at, end, room in zip(corner, pen.im.size, (width, height), strict=True))
    pen.multiline_text((x, y), text, fill=LINE, stroke_fill=DARK, stroke_width=stroke, font_size=size)

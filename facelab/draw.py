"""Pictures with what was found drawn into them: each face's box, landmarks and labels."""

import errno
import io
from collections.abc import Iterable, Sequence
from operator import itemgetter
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from facelab.errors import OutputError
from facelab.types import Box, Face, FaceReport, Image, Point, Prediction
from facelab.whole import whole

LINE, DARK = "#ffd54a", "black"
UNFIT_NAME = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)  # what a file system says of a name it does not take


def annotated(image: Image, faces: Iterable[tuple[int, FaceReport]]) -> Image:
    """A copy of the picture with the faces, each under its number."""
    picture = Pillow.fromarray(image)
    pen = ImageDraw.Draw(picture)
    size = max(10, round(max(picture.size) / 45))  # of the letters, in pixels
    ordered = sorted(faces, key=itemgetter(0))  # so that in a film the same face chooses first in each frame
    for _, report in ordered:
        _face(pen, report.face, size)
    taken = [report.face.box for _, report in ordered]
    for number, report in ordered:
        taken.append(_tag(pen, number, report, taken, size))
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


def _face(pen: ImageDraw.ImageDraw, face: Face, size: float) -> None:
    box, width = face.box, _stroke(size)
    pen.rectangle((box.left, box.top, box.right, box.bottom), outline=LINE, width=width)
    for x, y in face.landmarks:
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=LINE)


def _tag(pen: ImageDraw.ImageDraw, number: int, report: FaceReport, taken: Sequence[Box], size: float) -> Box:
    """Writes number and labels where nothing is `taken`: below the box, above, right or left. Returns where.

    Where no place is left the number stands alone in the box; a sole face's tag stands on it, without a ground.
    """
    box, text = report.face.box, "\n".join([f"{number}", *map(words, report.predictions.values())])
    ink = _ink(pen, text, size)
    places = _around(box, ink, pen.im.size, _stroke(size))
    others = [one for one in taken if one is not box]
    free = [place for place in places if not any(map(place.shared, taken))]
    if not free and others:
        return _number(pen, f"{number}", box, others, size)
    place = (free or places)[0]
    if free:
        pen.rectangle((place.left, place.top, place.right - 1, place.bottom - 1), fill=DARK)
    return _write(pen, text, place, ink, size, align="right" if place.right < box.left else "left")


def _number(pen: ImageDraw.ImageDraw, text: str, box: Box, others: Sequence[Box], size: float) -> Box:
    """Writes it into the corner that is covered least, scaled down to a third of the box's height. Returns where."""
    ink = _ink(pen, text, size)
    size = max(1, size * min(1, box.width / ink.width, box.height / 3 / ink.height))  # FreeType draws none below
    ink = _ink(pen, text, size)
    right, bottom = box.right - ink.width, box.bottom - ink.height
    corners = ((box.left, box.top), (right, box.top), (box.left, bottom), (right, bottom))
    places = [_within(pen.im.size, corner, ink) for corner in corners]
    return _write(pen, text, min(places, key=lambda place: round(sum(map(place.shared, others)))), ink, size)


def _around(box: Box, ink: Box, picture: tuple[int, int], gap: float) -> list[Box]:
    above, left = box.top - ink.height - gap, box.left - ink.width - gap
    corners = (box.left, box.bottom + gap), (box.left, above), (box.right + gap, box.top), (left, box.top)
    return [_within(picture, corner, ink) for corner in corners]


def _within(picture: tuple[int, int], corner: Point, ink: Box) -> Box:
    """The ink with its upper left corner there, but inside the picture."""
    x, y = (max(0, min(at, end - room)) for at, end, room in zip(corner, picture, (ink.width, ink.height), strict=True))
    return ink.shifted(x - ink.left, y - ink.top)


def _ink(pen: ImageDraw.ImageDraw, text: str, size: float) -> Box:
    """What a text covers that is written at (0, 0)."""
    left, top, right, bottom = pen.multiline_textbbox((0, 0), text, font_size=size, stroke_width=_stroke(size))
    return Box(left=left, top=top, right=right, bottom=bottom)


def _write(pen: ImageDraw.ImageDraw, text: str, place: Box, ink: Box, size: float, align: str = "left") -> Box:
    corner, stroke = (place.left - ink.left, place.top - ink.top), _stroke(size)
    pen.multiline_text(corner, text, fill=LINE, stroke_fill=DARK, stroke_width=stroke, font_size=size, align=align)
    return place


def _stroke(size: float) -> int:
    """How wide lines are beside letters of that size."""
    return max(1, int(size / 8))

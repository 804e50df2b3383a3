"""facelab: every face in a picture, with its apparent expression, gender and age.

>>> import facelab
>>> analysis = facelab.analyze("photo.jpg")
>>> for report in analysis.faces:
...     print(report.face.box, report.predictions["emotion"].label, report.predictions["age"].years)
"""

import os
import threading
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from facelab.errors import CorruptImage, FacelabError, ImageError, ImageTooLarge, ModelError, NotAnImage, RequestError
from facelab.types import Analysis, Box, Face, FaceReport, Image, Prediction

if TYPE_CHECKING:
    from facelab.analyzer import Analyzer

__version__ = "0.1.0"
__all__ = [
    "Analysis",
    "Box",
    "CorruptImage",
    "Face",
    "FaceReport",
    "FacelabError",
    "Image",
    "ImageError",
    "ImageTooLarge",
    "ModelError",
    "NotAnImage",
    "Prediction",
    "RequestError",
    "analyze",
]

_loading = threading.Lock()


def analyze(
    picture: str | os.PathLike[str] | bytes | Image, *, networks: Iterable[str] | None = None, whole: bool = False
) -> Analysis:
    """Find every face in a picture and say what is apparent in it. The first call loads the networks, for all threads.

    Parameters
    ----------
    picture : str, PathLike, bytes or array
        A file's path, a file's bytes (JPEG, PNG, WebP or GIF, of an animation the first frame, turned as its EXIF
        orientation says), or an array of uint8 in the shape (H, W, 3), RGB. OpenCV reads BGR: give `array[..., ::-1]`.
        Of at most 89,478,485 pixels.
    networks : str or iterable of str, optional
        Ask only this one or these, e.g. `"emotion"` or `["emotion", "age"]`, not with commas in one text; all by
        default. For the age gender's is asked, too.
    whole : bool
        Take the whole picture as one face, for pictures that were cropped to it before.

    Returns
    -------
    Analysis
        `width`, `height` in pixels of the upright picture; `timing_ms` of each stage; `faces`, largest first, 64 at
        most, an empty tuple where there are none. Each has

        - `face.box`: `left`, `top`, `right`, `bottom` in pixels; it may reach beyond the picture
        - `face.score`: how sure the finder is that it is a face, up to 1; None with `whole`
        - `face.landmarks`: 68 points (x, y) in pixels, in the order of iBUG 300-W
        - `predictions`: by the network's name a `label`, its `score` and the `scores` of all labels,
          probabilities that sum to 1; for age also `years`, the expected age, and `interval`, the years
          between which it lies four times in five (None for the others)

    Raises
    ------
    NotAnImage, CorruptImage, ImageTooLarge (all of them ImageError); RequestError for a network that is not
    there; OSError for a file that cannot be read; TypeError for what is neither path, bytes nor array.
    """
    data = picture
    if isinstance(data, str | os.PathLike):
        with open(data, "rb") as file:  # noqa: PTH123  # a Path would change what its errors name
            data = file.read()
    if not isinstance(data, bytes | np.ndarray):
        raise TypeError(f"a path, bytes or an array was expected, {type(data).__name__} came")
    with _loading:  # of two first calls one loads, the other waits
        analyzer = _analyzer()
    return analyzer(data, networks=networks, whole=whole)


@cache
def _analyzer() -> "Analyzer":
    from facelab.analyzer import load_own  # here, so that importing facelab stays quick
    from facelab.home import home

    return load_own(home() / "models")

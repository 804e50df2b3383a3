"""Where faces are: a picture in, a place for each face out. Two detectors do it, the network being the default.

- `facelab.finder.NetworkDetector`: facelab's own small network, `models/finder.tflite`
- `ClassicalDetector`: dlib's HOG detector [1], and OpenCV's Haar cascade [2] where that finds nothing

.. [1] N. Dalal, B. Triggs: Histograms of oriented gradients for human detection, CVPR 2005
.. [2] P. Viola, M. Jones: Rapid object detection using a boosted cascade, CVPR 2001
"""

import math
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import cv2
import dlib
import numpy as np

from facelab.errors import ModelError
from facelab.finder import load_network_detector
from facelab.networks import FINDER
from facelab.types import Box, Detection, Gray, Image

# Pixels searched by the classical detectors: faces of 80 px are dlib's smallest, and 480×360 costs 10 ms of a core.
DLIB_AREA = 480 * 360
HAAR_AREA = 320 * 240
HAAR = {"scaleFactor": 1.2, "minNeighbors": 5, "minSize": (30, 30)}
# Where dlib draws its box inside Haar's (median of 187 All-Age-Faces photographs).
HAAR_TO_DLIB = Box(left=0.03, top=0.125, right=0.95, bottom=1.01)
NAMES = ("network", "dlib")


class Detector(Protocol):
    """All faces of a picture, in any order. Safe in threads. `card`: the network's, None where it is none."""

    @property
    def card(self) -> Mapping[str, Any] | None: ...

    def __call__(self, image: Image) -> list[Detection]: ...


class ClassicalDetector:
    """dlib's and OpenCV's, which are used by one thread at a time."""

    card = None

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dlib = dlib.get_frontal_face_detector()
        self._haar = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml")

    def __call__(self, image: Image) -> list[Detection]:
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        with self._lock:
            boxes = self.dlib_boxes(gray) or self.haar_boxes(gray)
        return [Detection(box=box, centre=box.centre, side=box.width) for box in boxes]

    def dlib_boxes(self, gray: Gray) -> list[Box]:
        small, factor = _shrunk(gray, DLIB_AREA)
        return [_from_dlib(found).scaled(factor) for found in self._dlib(small, 0)]

    def haar_boxes(self, gray: Gray) -> list[Box]:
        small, factor = _shrunk(gray, HAAR_AREA)
        found = self._haar.detectMultiScale(small, **HAAR)
        squares = [Box(left=x, top=y, right=x + w, bottom=y + h) for x, y, w, h in np.array(found, float).tolist()]
        return [square.inner(HAAR_TO_DLIB).scaled(factor) for square in squares]


def load_detector(models: Path, name: str = "network") -> Detector:
    """The detector called `network` or `dlib`. Raises ModelError."""
    if name == "dlib":
        return ClassicalDetector()
    if name == "network":
        return load_network_detector(models / f"{FINDER}.json")
    raise ModelError(f"one of the finders {', '.join(NAMES)} was expected, {name!r} came")


def _shrunk(gray: Gray, area: int) -> tuple[Gray, float]:
    """The picture on at most `area` pixels, and the factor that leads back to its own."""
    height, width = gray.shape
    factor = max(1.0, math.sqrt(width * height / area))
    if factor == 1.0:
        return gray, factor
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA), factor


def _from_dlib(found: dlib.rectangle) -> Box:
    return Box(left=found.left(), top=found.top(), right=found.right(), bottom=found.bottom())

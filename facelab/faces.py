"""A picture in, its faces out: a detector says where they are, dlib's shape predictor [1] places 68 landmarks.

.. [1] V. Kazemi, J. Sullivan: One millisecond face alignment, CVPR 2014
"""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import dlib
import face_recognition_models
import numpy as np

from facelab.detectors import Detector, load_detector
from facelab.features import Matrix, of_centres, transformed, turned, warp
from facelab.types import Box, Detection, Face, Gray, Image, Point

# Where dlib draws its box in a picture framed like FER2013's (median of 3,187 training faces).
WHOLE_TO_DLIB = Box(left=0.115, top=0.198, right=0.891, bottom=0.979)
# The predictor compares single pixels: it looks at every face upright and at one size, which takes the noise off.
PREDICTOR_WIDTH = 150


class FaceFinder:
    """Finds faces. Safe in threads: the predictor, which is not, is used by one at a time."""

    def __init__(self, detect: Detector) -> None:
        self._detect, self._lock = detect, threading.Lock()
        self._predictor = dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())

    @property
    def card(self) -> Mapping[str, Any] | None:
        """The detector's card, None where it is no network."""
        return self._detect.card

    def find(self, image: Image) -> Iterator[Face]:
        """All faces, largest first; the landmarks of each are looked for when it is asked for."""
        found = sorted(self._detect(image), key=lambda one: one.box.area, reverse=True)
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        for one in found:
            yield Face(box=one.box, landmarks=self._landmarks(gray, upright(one)), score=one.score)

    def whole(self, image: Image) -> Face:
        """The picture itself as a face, for pictures that were cropped before they came."""
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        height, width = gray.shape
        picture = Box(left=0, top=0, right=width, bottom=height)
        landmarks = self._landmarks(gray, resized(picture.inner(WHOLE_TO_DLIB)))
        return Face(box=picture, landmarks=landmarks, whole=True)

    def _landmarks(self, gray: Gray, matrix: Matrix) -> tuple[Point, ...]:
        """68 points, looked for where `matrix` brings the face: into the middle half of twice PREDICTOR_WIDTH."""
        quarter, seen = PREDICTOR_WIDTH // 2, warp(gray, matrix, (2 * PREDICTOR_WIDTH, 2 * PREDICTOR_WIDTH))
        square = dlib.rectangle(quarter, quarter, quarter + PREDICTOR_WIDTH, quarter + PREDICTOR_WIDTH)
        with self._lock:
            shape = self._predictor(seen, square)
        points = np.array([(point.x, point.y) for point in shape.parts()], np.float32)
        return tuple((x, y) for x, y in transformed(points, cv2.invertAffineTransform(matrix)).tolist())


def load_finder(models: Path, detector: str = "network") -> FaceFinder:
    """A finder with the detector `network` or `dlib`. Raises ModelError."""
    return FaceFinder(load_detector(models, detector))


def upright(found: Detection) -> Matrix:
    """From the picture to what the predictor looks at: the square in the middle, the head upright."""
    turn = PREDICTOR_WIDTH / max(found.side, 1.0) * np.exp(-1j * found.roll)
    return turned(turn, complex(*found.centre), PREDICTOR_WIDTH * (1 + 1j))


def resized(box: Box) -> Matrix:
    """The same for a box of any proportions, whose sides are drawn equal."""
    x, y = PREDICTOR_WIDTH / max(box.width, 1.0), PREDICTOR_WIDTH / max(box.height, 1.0)
    half = PREDICTOR_WIDTH / 2
    return of_centres(np.array([[x, 0, half - x * box.left], [0, y, half - y * box.top]]))

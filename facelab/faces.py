"""OpenCV and dlib: a picture in, its faces out.

dlib's HOG detector [1] looks first, OpenCV's Haar cascade [2] where that finds nothing; dlib's
shape predictor [3] then places 68 landmarks.

.. [1] N. Dalal, B. Triggs: Histograms of oriented gradients for human detection, CVPR 2005
.. [2] P. Viola, M. Jones: Rapid object detection using a boosted cascade, CVPR 2001
.. [3] V. Kazemi, J. Sullivan: One millisecond face alignment, CVPR 2014
"""

import math
import threading

import cv2
import dlib
import face_recognition_models
import numpy as np

from facelab.types import Box, Face, Gray, Image, Point

# Pixels searched: faces of 80 px are dlib's smallest, and 480×360 costs 10 ms of a core.
DLIB_AREA = 480 * 360
HAAR_AREA = 320 * 240
HAAR = {"scaleFactor": 1.2, "minNeighbors": 5, "minSize": (30, 30)}
# Where dlib draws its box inside Haar's (median of 187 All-Age-Faces photographs).
HAAR_TO_DLIB = Box(left=0.03, top=0.125, right=0.95, bottom=1.01)
# Where dlib draws its box in a picture framed like FER2013's (median of 3,187 training faces).
WHOLE_TO_DLIB = Box(left=0.115, top=0.198, right=0.891, bottom=0.979)
# The predictor compares single pixels: narrower faces are enlarged first, which takes the noise off.
PREDICTOR_WIDTH = 150


class FaceFinder:
    """Finds faces. Safe in threads: the detectors, which are not, are used by one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dlib = dlib.get_frontal_face_detector()
        self._haar = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml")
        self._predictor = dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())

    def find(self, image: Image) -> list[Face]:
        """All faces, largest first; an empty list where there are none."""
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        with self._lock:
            boxes = self._dlib_boxes(gray) or self._haar_boxes(gray)
            faces = [Face(box=box, landmarks=self._landmarks(gray, box)) for box in boxes]
        return sorted(faces, key=lambda face: face.box.area, reverse=True)

    def whole(self, image: Image) -> Face:
        """The picture itself as a face, for pictures that were cropped before they came."""
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        height, width = gray.shape
        picture = Box(left=0, top=0, right=width, bottom=height)
        with self._lock:
            landmarks = self._landmarks(gray, _inside(picture, WHOLE_TO_DLIB))
        return Face(box=picture, landmarks=landmarks, whole=True)

    def _dlib_boxes(self, gray: Gray) -> list[Box]:
        small, factor = _shrunk(gray, DLIB_AREA)
        return [_from_dlib(found).scaled(factor) for found in self._dlib(small, 0)]

    def _haar_boxes(self, gray: Gray) -> list[Box]:
        small, factor = _shrunk(gray, HAAR_AREA)
        found = self._haar.detectMultiScale(small, **HAAR)
        squares = [Box(left=x, top=y, right=x + w, bottom=y + h) for x, y, w, h in np.array(found, float).tolist()]
        return [_inside(square, HAAR_TO_DLIB).scaled(factor) for square in squares]

    def _landmarks(self, gray: Gray, box: Box) -> tuple[Point, ...]:
        left, top, region = _region(gray, box)
        # A whole picture may be a thin line: one of a few kilobytes must not be drawn large in both directions.
        factor = max(1, math.ceil(PREDICTOR_WIDTH / max(1.0, box.width, box.height / 2)))
        enlarged = cv2.resize(region, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
        sides = ((box.left - left), (box.top - top), (box.right - left), (box.bottom - top))
        shape = self._predictor(enlarged, dlib.rectangle(*(round(side * factor) for side in sides)))
        # A pixel's centre at x lies at factor · (x + 0.5) - 0.5 in the enlarged picture.
        half = 0.5 / factor - 0.5
        return tuple((left + point.x / factor + half, top + point.y / factor + half) for point in shape.parts())


def _shrunk(gray: Gray, area: int) -> tuple[Gray, float]:
    """The picture on at most `area` pixels, and the factor that leads back to its own."""
    height, width = gray.shape
    factor = max(1.0, math.sqrt(width * height / area))
    if factor == 1.0:
        return gray, factor
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA), factor


def _region(gray: Gray, box: Box) -> tuple[int, int, Gray]:
    """The box and half a box around it, as far as the picture reaches, with its left and top."""
    height, width = gray.shape
    left, right = (min(max(0, round(x)), width - 1) for x in (box.left - box.width / 2, box.right + box.width / 2))
    top, bottom = (min(max(0, round(y)), height - 1) for y in (box.top - box.height / 2, box.bottom + box.height / 2))
    return left, top, gray[top : bottom + 1, left : right + 1]


def _from_dlib(found: dlib.rectangle) -> Box:
    return Box(left=found.left(), top=found.top(), right=found.right(), bottom=found.bottom())


def _inside(outer: Box, share: Box) -> Box:
    return Box(
        left=outer.left + outer.width * share.left,
        top=outer.top + outer.height * share.top,
        right=outer.left + outer.width * share.right,
        bottom=outer.top + outer.height * share.bottom,
    )

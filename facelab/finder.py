"""facelab's own face finder: a small convolutional network (see `training.finder`) on windows of the picture.

What it says of a face is a row of 15 numbers: score; box (left, top, right, bottom); five points x, y: the eyes, the
tip of the nose, the corners of the mouth, from the picture's left to its right.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from facelab.features import Floats, Matrix, chained, of_centres, transformed, turned, warp
from facelab.networks import Network, load_network
from facelab.types import Box, Detection, Image

Size: TypeAlias = tuple[int, int]  # width, height

CELL = 8  # pixels of a window, for each of which the network answers
GRAY = 127  # what lies beside the picture in a window: the network takes it for nothing
MOST = 64  # faces that are looked for in a picture
# The second look: a face's width there, the least score that counts, and how far boxes must overlap to be one face.
SECOND_WIDTH, UNSEEN, SAME = 72, 0.02, 0.4
# dlib's square from five points: its side over their spread, and how far its centre lies above the middle between
# eyes and mouth, as a share of the side (medians of 693 faces of three data sets; the side deviates by 8.5 %).
SIDE_OF_SPREAD, CENTRE_RISE = 1.634, 0.017


class NetworkDetector:
    """Finds what spans at least a twentieth of the picture's longer side. Safe in threads.

    What it is not sure of it looks at again, upright and at one size, and if that does not settle it, in the mirror.
    `networks`: the same one for each of the windows' sizes, since a runtime that changes sizes takes longer.
    """

    def __init__(self, networks: Mapping[Size, Network]) -> None:
        self._networks = networks
        self.card = next(iter(networks.values())).card
        *self._windows, self._second = sizes(self.card)
        self._output = self.card["output"]

    def __call__(self, image: Image) -> list[Detection]:
        return [detection(row) for row in self.rows(image)]

    def rows(self, image: Image) -> Floats:
        """A row for each face, in pixels of the picture."""
        least = self._output["candidate"]
        found = [moved_back(self._seen(window, least), way) for window, way in windows(image, *self._windows)]
        candidates = self._distinct(inside(np.concatenate(found), image))[:MOST]
        sure = candidates[:, 0] >= self._output["sure"]
        again = np.concatenate([candidates[:0], *(self._again(image, row) for row in candidates[~sure])])
        # Two candidates may turn out to be the same face.
        return self._distinct(np.concatenate([candidates[sure], again[again[:, 0] >= self._output["threshold"]]]))

    def _distinct(self, rows: Floats) -> Floats:
        return distinct(rows, self._output["overlap"])

    def _again(self, image: Image, row: Floats) -> Floats:
        way = close_up(row, *self._second)
        window = warp(image, way, self._second)
        straight = same_face(row, moved_back(self._seen(window, self._output["candidate"]), way))
        if not len(straight) or straight[0, 0] >= self._output["sure"]:
            return straight
        mirrored = moved_back(self._seen(window[:, ::-1], UNSEEN), flipped(way, self._second[0]))
        return confirmed(straight, same_face(row, mirrored))

    def _seen(self, window: Image, threshold: float) -> Floats:
        """What the network sees in a window, as rows in its pixels."""
        height, width = window.shape[:2]
        return decoded(self._networks[width, height].logits({"image": window.astype(np.float32)}), threshold)


def load_network_detector(card: Path) -> NetworkDetector:
    """Raises ModelError."""
    network = load_network(card)
    served, *others = sizes(network.card)
    return NetworkDetector({served: network, **{size: load_network(card) for size in others}})


def sizes(card: Mapping[str, Any]) -> tuple[Size, Size, Size]:
    """The windows (width, height) in pixels: as the card says; for high pictures; for the second look."""
    width, height = card["inputs"]["width"], card["inputs"]["height"]
    return (width, height), (width, width), (width // 2, height // 2)


def windows(image: Image, served: Size, square: Size) -> Iterator[tuple[Image, Matrix]]:
    """The picture in windows as the network takes them, and the map from the picture into each.

    With its longer side on at most the window's width; where it is too high for that, in a square window, and then
    smaller in the other one as well, for faces that fill most of the picture.
    """
    fine, fits = (min(1.0, width / image.shape[1], height / image.shape[0]) for width, height in (square, served))
    if fine > fits:
        yield fitted(image, fine, square)
    yield fitted(image, fits, served)


def fitted(image: Image, scale: float, size: Size) -> tuple[Image, Matrix]:
    """A window with the picture in its upper left corner, and the map there."""
    width, height = (max(1, round(side * scale)) for side in (image.shape[1], image.shape[0]))
    window = np.full((size[1], size[0], 3), GRAY, np.uint8)
    window[:height, :width] = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    x, y = width / image.shape[1], height / image.shape[0]
    return window, of_centres(np.array([[x, 0, 0], [0, y, 0]]))


def decoded(answer: Floats, threshold: float) -> Floats:
    """Rows of the cells (rows, columns, 15) that say a face with at least that score, in pixels of the window.

    A cell says: the logit of a face's centre; the box's centre from the cell's, in cells; the logarithms of its
    width and height, in cells; five points x, y from the cell's centre, in cells.
    """
    scores = 1 / (1 + np.exp(-np.clip(answer[..., 0], -15, 15)))
    y, x = np.nonzero(scores >= threshold)
    cells, places = answer[y, x], np.column_stack([x, y]) + 0.5
    centres, halves = places + cells[:, 1:3], np.exp(cells[:, 3:5]) / 2
    points = np.tile(places, 5) + cells[:, 5:]
    rows = np.concatenate([centres - halves, centres + halves, points], axis=1) * CELL
    return np.column_stack([scores[y, x], rows]).astype(np.float32)


def inside(rows: Floats, image: Image) -> Floats:
    """The rows whose boxes have their centre in the picture."""
    x, y = (rows[:, 1:3] + rows[:, 3:5]).T / 2
    return rows[(x >= 0) & (y >= 0) & (x < image.shape[1]) & (y < image.shape[0])]


def distinct(rows: Floats, most: float) -> Floats:
    """The rows from the best score down, less those that overlap a better one by more than `most`."""
    sides = np.column_stack([rows[:, 1:3], rows[:, 3:5] - rows[:, 1:3]])
    return rows[np.array(cv2.dnn.NMSBoxes(sides.tolist(), rows[:, 0].tolist(), 0.0, most), int)]


def close_up(row: Floats, width: int, height: int) -> Matrix:
    """The map into a window in whose middle the face is upright and SECOND_WIDTH wide."""
    centre, sides = (row[1:3] + row[3:5]) / 2, row[3:5] - row[1:3]
    turn = SECOND_WIDTH / max(sides[0], 0.8 * sides[1], 1.0) * np.exp(-1j * detection(row).roll)
    return turned(turn, complex(*centre), complex(width, height) / 2)


def flipped(matrix: Matrix, width: int) -> Matrix:
    """The map into the mirror image of a window of that width."""
    return chained(np.array([[-1.0, 0, width - 1], [0, 1, 0]]), matrix)


def moved_back(rows: Floats, matrix: Matrix) -> Floats:
    """Rows in pixels of a window as rows in pixels of the picture from which `matrix` leads there."""
    places = moved(rows[:, 1:] - 0.5, cv2.invertAffineTransform(matrix)) + 0.5
    return np.column_stack([rows[:, 0], places]).astype(np.float32)


def moved(places: Floats, matrix: Matrix) -> Floats:
    """Boxes and points (n, 14) taken through a matrix. A box that was turned is that about the turned ellipse in it."""
    turn, shift = matrix[:, :2], matrix[:, 2]
    corners, points = places[:, :4].reshape(-1, 2, 2), places[:, 4:].reshape(-1, 2)
    centres = corners.mean(axis=1) @ turn.T + shift
    halves = np.sqrt(((corners[:, 1] - corners[:, 0]) / 2) ** 2 @ (turn**2).T)
    found = [centres - halves, centres + halves, transformed(points, matrix).reshape(-1, 10)]
    return np.concatenate(found, axis=1).astype(np.float32)


def confirmed(straight: Floats, mirrored: Floats) -> Floats:
    """The row of a second look, its score's logit the mean of that and its mirror image's; no row there is UNSEEN."""
    score = mirrored[0, 0] if len(mirrored) else UNSEEN
    odds = np.sqrt(straight[:, 0] / (1 - straight[:, 0]) * score / (1 - score))
    return np.column_stack([odds / (1 + odds), straight[:, 1:]])


def same_face(row: Floats, others: Floats) -> Floats:
    """The best of others (at most one) that shows the face of the row."""
    same = others[overlaps(row[1:5], others[:, 1:5]) > SAME]
    return same[np.argsort(-same[:, 0])[:1]]


def overlaps(box: Floats, boxes: Floats) -> Floats:
    """Intersection over union of a box (left, top, right, bottom) with each of others (n, 4)."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    return shared / (np.prod(box[2:] - box[:2]) + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) - shared)


def detection(row: Floats) -> Detection:
    """The box, and the square at whose roll the eyes are level and the mouth is below them."""
    left, top, right, bottom = row[1:5].tolist()
    points = row[5:15:2] + 1j * row[6:15:2]
    eyes, mouth = points[:2].mean(), points[3:].mean()
    roll = float(np.angle((points[1] - points[0]) - 1j * (mouth - eyes)))
    side = SIDE_OF_SPREAD * float(np.sqrt((np.abs(points - points.mean()) ** 2).sum()))
    centre = complex((eyes + mouth) / 2) - 1j * CENTRE_RISE * side * complex(np.exp(1j * roll))
    box = Box(left=left, top=top, right=right, bottom=bottom)
    return Detection(box=box, centre=(centre.real, centre.imag), side=side, roll=roll, score=float(row[0]))

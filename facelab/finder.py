"""facelab's own face finder: a small convolutional network (see `training.finder`) on windows of the picture.

What it says of a face is a row of 15 numbers: score; box (left, top, right, bottom); five points x, y: the eyes, the
tip of the nose, the corners of the mouth, from the picture's left to its right.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from facelab.features import Floats, Matrix, chained, transformed, turned, warp
from facelab.networks import Network, load_network
from facelab.types import Box, Detection, Image

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
    `close`: the same network a second time, for that smaller window, since a runtime that changes sizes takes longer.
    """

    def __init__(self, network: Network, close: Network) -> None:
        self.card = network.card
        self._network, self._close, self._output = network, close, network.card["output"]
        self._size = network.card["inputs"]["width"], network.card["inputs"]["height"]

    def __call__(self, image: Image) -> list[Detection]:
        return [detection(row) for row in self.rows(image)]

    def rows(self, image: Image) -> Floats:
        """A row for each face, in pixels of the picture."""
        least = self._output["candidate"]
        found = [moved_back(seen(self._network, window, least), way) for window, way in windows(image, *self._size)]
        candidates = self._distinct(inside(np.concatenate(found), image))[:MOST]
        sure = candidates[:, 0] >= self._output["sure"]
        again = np.concatenate([candidates[:0], *(self._again(image, row) for row in candidates[~sure])])
        # Two candidates may turn out to be the same face.
        return self._distinct(np.concatenate([candidates[sure], again[again[:, 0] >= self._output["threshold"]]]))

    def _distinct(self, rows: Floats) -> Floats:
        return distinct(rows, self._output["overlap"])

    def _again(self, image: Image, row: Floats) -> Floats:
        size = self._size[0] // 2, self._size[1] // 2
        way = close_up(row, *size)
        window = warp(image, way, size)
        straight = same_face(row, moved_back(seen(self._close, window, self._output["candidate"]), way))
        if not len(straight) or straight[0, 0] >= self._output["sure"]:
            return straight
        mirrored = moved_back(seen(self._close, window[:, ::-1], UNSEEN), flipped(way, size[0]))
        return confirmed(straight, same_face(row, mirrored))


def load_network_detector(card: Path) -> NetworkDetector:
    """Raises ModelError."""
    return NetworkDetector(load_network(card), load_network(card))


def windows(image: Image, width: int, height: int) -> Iterator[tuple[Image, Matrix]]:
    """Parts of the picture as the network takes them, and the map from the picture into each.

    The picture with its longer side on at most `width` pixels, in two parts where that is higher than `height`;
    then also the whole of it in one, for faces that no part shows whole.
    """
    fits = min(1.0, width / image.shape[1], height / image.shape[0])
    fine = min(1.0, width / max(image.shape[:2]))
    for scale in dict.fromkeys([fine, fits]):
        size = [max(1, round(side * scale)) for side in (image.shape[1], image.shape[0])]
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        for top in dict.fromkeys([0, max(0, size[1] - height)]):
            window = np.full((height, width, 3), GRAY, np.uint8)
            part = small[top : top + height]
            window[: part.shape[0], : part.shape[1]] = part
            x, y = size[0] / image.shape[1], size[1] / image.shape[0]
            yield window, np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2 - top]])


def seen(network: Network, window: Image, threshold: float) -> Floats:
    """What the network sees in a window, as rows in its pixels."""
    return decoded(network.logits({"image": window.astype(np.float32)}), threshold)


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
    return Detection(box=box, centre=(centre.real, centre.imag), side=side, roll=roll)

"""What the networks see of a face: aligned crops, HOG and landmarks. Pure functions, used to train and to serve.

An input's specification stands in the network's card (`inputs`) and says all that is needed here:

- `frame`: `size` in pixels and, as shares of it, where the two `eyes` and the `mouth` are put
- `gray`: whether the picture is gray
- `hog`: the arguments of `skimage.feature.hog`; only then are there HOG and landmarks
- `mirrored`: whether the network is asked of the face's mirror image, too; its answer is the mean

Crop coordinates count pixel centres: the crop's left edge is at -0.5.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.feature import hog

from facelab.types import PARTS, Face, Gray, Image

Matrix = NDArray[np.float64]  # (2, 3), takes (x, y, 1) of one picture to (x, y) of another
Floats = NDArray[np.float32]

FINEST = 4  # times as large as it is to be, at most, a crop is drawn before it is averaged

# Which landmark each becomes in a mirror: jaw, eyebrows, nose, eyes, lips.
MIRRORED = np.concatenate(
    [
        np.arange(0, 17)[::-1],
        np.arange(17, 27)[::-1],
        np.arange(27, 31),
        np.arange(31, 36)[::-1],
        [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40],
        np.arange(48, 55)[::-1],
        np.arange(55, 60)[::-1],
        np.arange(60, 65)[::-1],
        np.arange(65, 68)[::-1],
    ]
)


def views(image: Image, face: Face, spec: Mapping[str, Any]) -> list[dict[str, Floats]]:
    """What a network is asked of one face, once or, if it is to be `mirrored`, twice: see `arrays`."""
    crop, landmarks = cropped(image, face, spec["frame"])
    seen = [(crop, landmarks), mirror(crop, landmarks)] if spec.get("mirrored") else [(crop, landmarks)]
    return [arrays(*one, spec) for one in seen]


def mirror(crop: Image, landmarks: Floats) -> tuple[Image, Floats]:
    """The mirror image of a crop, and its landmarks there."""
    across = np.array([crop.shape[1] - 1, 0], np.float32)
    return np.ascontiguousarray(crop[:, ::-1]), across + landmarks[MIRRORED] * np.array([-1, 1], np.float32)


def cropped(image: Image, face: Face, frame: Mapping[str, Any]) -> tuple[Image, Floats]:
    """The crop of a face (size, size, 3), and the landmarks (68, 2) in its pixels."""
    matrix = crop_matrix(image, face, frame)
    return warp(image, matrix, (frame["size"], frame["size"])), transformed(landmarks_of(face), matrix)


def arrays(crop: Image, landmarks: Floats, spec: Mapping[str, Any]) -> dict[str, Floats]:
    """The arrays that a network takes of a crop and the landmarks in its pixels: by input name, without a batch axis.

    `image`: (size, size, 1 or 3), 0 to 255. `features`: HOG, then landmarks; see `vector`.
    """
    picture = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[..., None] if spec["gray"] else crop
    found = {"image": picture.astype(np.float32)}
    if "hog" in spec:
        found["features"] = vector(picture[..., 0], landmarks, spec["hog"])
    return found


def vector(gray: Gray, landmarks: Floats, hog_parameters: Mapping[str, Any]) -> Floats:
    """HOG of the crop, then x, y of each landmark as a share of the crop, from -0.5 to 0.5."""
    gradients = hog(gray, **hog_parameters)
    shares = (landmarks + 0.5) / gray.shape[0] - 0.5
    return np.concatenate([gradients, shares.ravel()]).astype(np.float32)


def landmarks_of(face: Face) -> Floats:
    return np.array(face.landmarks, np.float32)


def crop_matrix(image: Image, face: Face, frame: Mapping[str, Any]) -> Matrix:
    """The map from the picture into the crop.

    A whole picture is only resized. Elsewhere it is the similarity (shift, roll, scale) that brings the
    eyes and the mouth as near as can be (least squares) to where `frame` has them: the mouth keeps a
    turned head, whose eyes stand close together, from being drawn too large.
    """
    if face.whole:
        height, width = image.shape[:2]
        x, y = frame["size"] / width, frame["size"] / height
        return of_centres(np.array([[x, 0, 0], [0, y, 0]]))
    return similarity(anchors(landmarks_of(face)), _targets(frame))


def anchors(landmarks: Floats) -> NDArray[np.float64]:
    """The centres of left eye, right eye and mouth, (3, 2), from landmarks (68, 2)."""
    left, right = (landmarks[PARTS[name]].mean(axis=0) for name in ("left_eye", "right_eye"))
    mouth = landmarks[PARTS["outer_lip"].start : PARTS["inner_lip"].stop].mean(axis=0)
    return np.array([left, right, mouth], np.float64)


def similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> Matrix:
    """The similarity that takes the points `source` (n, 2) to `target` with least squared error.

    In complex numbers: target = a · source + b.
    """
    z, w = (points[:, 0] + 1j * points[:, 1] for points in (source, target))
    spread = z - z.mean()
    a = np.vdot(spread, w - w.mean()) / max(np.vdot(spread, spread).real, 1e-9)
    return _of_complex(a, w.mean() - a * z.mean())


def turned(turn: complex, source: complex, target: complex) -> Matrix:
    """The map that turns and scales as a product with `turn` does, and takes one place, in pixels, to another."""
    return of_centres(_of_complex(turn, target - turn * source))


def of_centres(matrix: Matrix) -> Matrix:
    """A map of places in pixels as OpenCV draws by it: places count pixels by their edges, OpenCV by their centres."""
    linear = matrix[:, :2]
    return np.column_stack([linear, matrix[:, 2] + linear @ (0.5, 0.5) - 0.5])


def _of_complex(a: complex, b: complex) -> Matrix:
    """The map of complex numbers z to a · z + b."""
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def chained(second: Matrix, first: Matrix) -> Matrix:
    """One matrix for `first`, then `second`."""
    return np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])


def transformed(points: Floats, matrix: Matrix) -> Floats:
    """Points (n, 2) taken through a matrix."""
    return (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def warp(image: Image, matrix: Matrix, size: tuple[int, int]) -> Image:
    """The crop of a size (width, height) in pixels that `matrix` leads to; beyond the picture its edge goes on.

    A reduction to less than two thirds is drawn larger by a whole factor first and then averaged, so that nothing
    aliases; a strong one from fewer pixels, so that it takes no longer in a large picture.
    """
    scale = _scale(matrix)
    if scale * FINEST < 1:
        image, matrix = _coarser(image, matrix, size, scale * FINEST)
    factor = int(np.clip(round(1 / max(_scale(matrix), 1e-6)), 1, FINEST))
    larger = matrix * factor
    larger[:, 2] += (factor - 1) / 2
    sides = size[0] * factor, size[1] * factor
    drawn = cv2.warpAffine(image, larger, sides, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return drawn if factor == 1 else cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)


def _scale(matrix: Matrix) -> float:
    """How many pixels a pixel becomes, in one direction."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def _coarser(image: Image, matrix: Matrix, size: tuple[int, int], scale: float) -> tuple[Image, Matrix]:
    """The part of a picture that a crop shows, that much smaller, and the map from there into the crop."""
    corners = np.array([[0, 0], [size[0], 0], [0, size[1]], size], np.float32) - 0.5
    shown = transformed(corners, cv2.invertAffineTransform(matrix))
    ends = np.array([image.shape[1], image.shape[0]])
    low = np.clip(np.floor(shown.min(axis=0)), 0, ends - 1).astype(int)
    high = np.clip(np.ceil(shown.max(axis=0)) + 1, low + 1, ends).astype(int)
    sides = np.maximum(np.round((high - low) * scale), 1).astype(int)
    part = cv2.resize(image[low[1] : high[1], low[0] : high[0]], sides.tolist(), interpolation=cv2.INTER_AREA)
    x, y = (high - low) / sides
    return part, chained(matrix, of_centres(np.array([[x, 0, low[0]], [0, y, low[1]]])))


def _targets(frame: Mapping[str, Any]) -> NDArray[np.float64]:
    return np.array([*frame["eyes"], frame["mouth"]]) * frame["size"] - 0.5

"""What a network sees of a face, in pictures for people: its crop, the crop's HOG, and where its answer comes from.

The last is found by occlusion [1]: a gray square is laid over every part of the crop in turn, and where
the label's odds fall most, the network looked. HOG is taken anew each time, as a part of what is seen.

.. [1] M. Zeiler, R. Fergus: Visualizing and understanding convolutional networks, ECCV 2014
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.feature import hog

from facelab import features
from facelab.errors import RequestError
from facelab.features import Floats
from facelab.networks import Network, predicted
from facelab.types import Explanation, Face, Gray, Image

# The heat map's cells along a side, and how many the square covers: 25 squares, each a millisecond of a core.
CELLS, COVERED = 6, 2
UNSURE = 1e-6  # no score is nearer to 0 or 1


def explainable(networks: Mapping[str, Network]) -> Network:
    """The one that takes HOG. Raises RequestError where it is not among them."""
    for network in networks.values():
        if "hog" in network.card["inputs"]:
            return network
    raise RequestError("a network that takes HOG was expected for explain, " + ", ".join(networks) + " came")


def explanation(image: Image, face: Face, network: Network, label: str) -> Explanation:
    spec = network.card["inputs"]
    crop, landmarks = features.cropped(image, face, spec["frame"])
    gray = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return Explanation(
        crop=_data_url(gray),
        hog=_data_url(hog_picture(gray, spec["hog"])),
        heat=np.round(heat(crop, landmarks, network, label), 4).tolist(),
    )


def hog_picture(gray: Gray, parameters: Mapping[str, Any]) -> Gray:
    """The gradients' strengths as lines in each cell, as bright as can be."""
    _, lines = hog(gray, visualize=True, **parameters)
    return (255 * lines / max(lines.max(), 1e-9)).astype(np.uint8)


def heat(crop: Image, landmarks: Floats, network: Network, label: str) -> NDArray[np.float64]:
    """By cell (CELLS, CELLS) the mean fall of the label's log-odds under the squares over it; below 0 where they rise.

    Odds tell of squares that matter even where the network is sure, and its score hardly moves.
    """

    def odds(picture: Image) -> float:
        answer = network.answer([features.arrays(picture, landmarks, network.card["inputs"])])
        said = predicted(answer, network.card["output"])
        score = np.clip(said.scores[label], UNSURE, 1 - UNSURE)
        return float(np.log(score / (1 - score)))

    whole, falls, squares = odds(crop), np.zeros((CELLS, CELLS)), np.zeros((CELLS, CELLS))
    for cells, pixels in _squares(crop.shape[0]):
        falls[cells] += whole - odds(covered(crop, pixels))
        squares[cells] += 1
    return falls / squares


def covered(crop: Image, pixels: tuple[slice, slice]) -> Image:
    """The crop with its mean colour in a square."""
    picture = crop.copy()
    picture[pixels] = crop.mean(axis=(0, 1)).round()
    return picture


def _squares(size: int) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Every square, by the cells and by the pixels of a crop that it covers."""
    edges = [round(size * cell / CELLS) for cell in range(CELLS + 1)]
    spans = [(slice(at, at + COVERED), slice(edges[at], edges[at + COVERED])) for at in range(CELLS - COVERED + 1)]
    for cells_down, pixels_down in spans:
        for cells_right, pixels_right in spans:
            yield (cells_down, cells_right), (pixels_down, pixels_right)


def _data_url(gray: Gray) -> str:
    png: bytes = cv2.imencode(".png", gray)[1].tobytes()
    return "data:image/png;base64," + base64.b64encode(png).decode()

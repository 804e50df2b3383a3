"""What is shown of a network's sight, on one that looks at a known place."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from skimage.data import astronaut
from skimage.feature import hog

from facelab import explain, features
from facelab.analyzer import Analyzer
from facelab.errors import RequestError
from facelab.faces import load_finder
from facelab.features import Floats
from facelab.types import Face
from tests.builders import MODELS, encoded
from training import tasks

SPEC = tasks.task("emotion").recipe.inputs
CARD: dict[str, Any] = {
    "name": "emotion",
    "inputs": SPEC,
    "output": {"kind": "classes", "labels": ["bright", "dark"], "temperature": 1.0},
}


class BrightMouth:
    """A network that sees only the mouth, and how bright it is."""

    card = CARD

    def __init__(self) -> None:
        self.asked = 0

    def answer(self, views: Sequence[Mapping[str, Floats]]) -> Floats:
        self.asked += 1
        share = views[0]["image"][34:42, 17:31].mean() / 255
        return np.log(np.array([share, 1 - share], np.float32))


@pytest.fixture(scope="module")
def face() -> Face:
    return next(load_finder(MODELS).find(astronaut()))


def pixels(url: str) -> np.ndarray:
    head, _, text = url.partition(",")
    assert head == "data:image/png;base64"
    return np.array(Pillow.open(io.BytesIO(base64.b64decode(text))))


def test_crop_and_hog_are_what_the_network_gets(face: Face) -> None:
    seen = explain.explanation(astronaut(), face, BrightMouth(), "bright")  # type: ignore[arg-type]
    given = features.views(astronaut(), face, SPEC)[0]
    np.testing.assert_array_equal(pixels(seen.crop), given["image"][..., 0])
    _, lines = hog(pixels(seen.crop), visualize=True, **SPEC["hog"])
    np.testing.assert_allclose(pixels(seen.hog), 255 * lines / lines.max(), atol=1)


def test_heat_is_where_the_network_looks() -> None:
    crop = np.full((48, 48, 3), 60, np.uint8)
    crop[32:44, 14:34] = 250  # a bright mouth
    network = BrightMouth()
    heat = explain.heat(crop, np.zeros((68, 2), np.float32), network, "bright")  # type: ignore[arg-type]
    assert heat.shape == (6, 6)
    assert network.asked == 26  # the crop as it is, and 25 squares
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert int(row) in (4, 5)
    assert int(column) in (2, 3)
    np.testing.assert_allclose(heat[:3], 0, atol=1e-6)  # eyes and forehead do not matter
    other = explain.heat(crop, np.zeros((68, 2), np.float32), network, "dark")  # type: ignore[arg-type]
    np.testing.assert_allclose(other, -heat, atol=1e-6)


@pytest.mark.parametrize("size", [48, 50])
def test_squares_cover_every_pixel(size: int) -> None:
    seen = np.zeros((size, size), int)
    for _, square in explain._squares(size):
        seen[square] += 1
    assert seen.min() == 1
    assert seen.max() == 4


def test_a_blank_crop_has_a_black_hog() -> None:
    assert explain.hog_picture(np.zeros((48, 48), np.uint8), SPEC["hog"]).max() == 0


def test_the_answer() -> None:
    analyze = Analyzer(load_finder(MODELS), {"emotion": BrightMouth()})  # type: ignore[dict-item]
    file = io.BytesIO()
    Pillow.fromarray(astronaut()).save(file, "PNG")
    answer: dict[str, Any] = analyze(file.getvalue(), explain=True).to_dict()
    assert set(answer["faces"][0]["explain"]) == {"crop", "hog", "heat"}
    assert "explain" in answer["timing_ms"]
    assert "explain" not in analyze(file.getvalue()).to_dict()["faces"][0]


def test_without_the_network_that_takes_hog() -> None:
    class Other(BrightMouth):
        card = {**CARD, "inputs": tasks.task("age").recipe.inputs}  # noqa: RUF012

    analyze = Analyzer(load_finder(MODELS), {"age": Other()})  # type: ignore[dict-item]
    with pytest.raises(RequestError, match="age came"):
        analyze(encoded(), explain=True)

"""The frames that FER2013's faces are set into, and what is said of the answers."""

from pathlib import Path

import numpy as np
import pytest

from facelab import features
from facelab.faces import load_finder
from facelab.images import decode
from facelab.types import Image
from tests.builders import MODELS
from tests.training.made import portrait
from training.datasets import FER_SIDE, DatasetError
from training.frame import frame
from training.recipes import FER2013_FRAME
from training.robustness import CLEAN, DISTURBANCES, FRAME, LABORATORY, compared, framed, robustness


@pytest.mark.parametrize("degrees", [0, 15])
@pytest.mark.parametrize("width", [60, 180])
def test_a_frame_holds_the_crop_in_its_middle(width: float, degrees: float) -> None:
    crop = np.full((48, 48, 3), 255, np.uint8)
    crop[24:] = 0
    frame = framed(crop, width, degrees)
    assert frame.shape == (FRAME[1], FRAME[0], 3)
    turned = np.argwhere(frame[..., 0] > 200)[:, ::-1].mean(axis=0) - (np.array(FRAME) - 1) / 2
    assert np.degrees(np.arctan2(-turned[0], -turned[1])) == pytest.approx(degrees, abs=1)
    assert (frame[..., 0] > 200).sum() == pytest.approx((width / 0.776) ** 2 / 2, rel=0.05)


@pytest.mark.parametrize("name", DISTURBANCES)
def test_every_disturbance_is_one(name: str) -> None:
    crop = portrait(3, 48)
    frame = DISTURBANCES[name](crop)
    assert frame.shape == (FRAME[1], FRAME[0], 3)
    assert (frame != framed(crop)).any() == (name != CLEAN)


def test_answers_are_compared_with_those_before() -> None:
    answers: list[dict[str, str | None]] = [
        {LABORATORY: "sad", CLEAN: "happy", "dark": "happy"},
        {LABORATORY: "sad", CLEAN: "sad", "dark": None},
        {LABORATORY: "sad", CLEAN: None, "dark": "sad"},
    ]
    assert compared(answers, CLEAN) == {"faces": 3, "found": pytest.approx(2 / 3, abs=1e-4), "agreement": 0.3333}
    assert compared(answers, "dark") == {"faces": 2, "found": 0.5, "agreement": 0.5}


def test_no_faces_are_none(data: Path) -> None:
    with pytest.raises(DatasetError, match="one face or more was expected, 0 came"):
        robustness(data, "Training", MODELS, 0)


def test_pictures_that_cannot_be_read(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.robustness.mapped", lambda *_: [])
    with pytest.raises(DatasetError, match="readable pictures were expected in Training"):
        robustness(data, "Training", MODELS, 2)


def test_a_frame_of_no_face(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.frame.mapped", lambda *_: [])
    with pytest.raises(DatasetError, match="does in none"):
        frame(data)


def test_made_faces(data: Path) -> None:
    found = robustness(data, "Training", MODELS, 2)
    assert list(found) == list(DISTURBANCES)
    assert found[CLEAN]["faces"] == 2


FRAMING = {"size": FER_SIDE, **FER2013_FRAME}
PLACES = np.array([*FER2013_FRAME["eyes"], FER2013_FRAME["mouth"]]) * FER_SIDE - 0.5


def apart(image: Image) -> float:
    """How far, on average, eyes and mouth of the face in a picture stand in its crop from where FER2013 has them."""
    _, landmarks = features.cropped(image, next(load_finder(MODELS).find(image)), FRAMING)
    return float(np.linalg.norm(features.anchors(landmarks) - PLACES, axis=1).mean())


@pytest.mark.parametrize(("degrees", "width"), [(0, 180), (15, 180), (-15, 120), (0, 60)])
def test_a_live_face_has_eyes_and_mouth_where_fer2013_has_them(degrees: float, width: float) -> None:
    image = decode((MODELS / "probe.jpg").read_bytes())
    assert apart(image) < 2
    crop, _ = features.cropped(image, next(load_finder(MODELS).find(image)), FRAMING)
    assert apart(framed(crop, width, degrees)) < 2

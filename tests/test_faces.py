"""Faces are found where they are; the astronaut is NASA's portrait of Eileen Collins, in the public domain."""

from unittest.mock import Mock

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.data import astronaut

from facelab.detectors import NAMES, ClassicalDetector
from facelab.faces import FaceFinder, load_finder, upright
from facelab.features import landmarks_of, transformed
from facelab.types import PARTS, Box, Detection, Image
from tests.builders import MODELS, overlap

FACE = Box(left=180, top=85, right=272, bottom=178)  # of the astronaut, drawn by hand around brows and chin


@pytest.fixture(scope="module", params=NAMES)
def finder(request: pytest.FixtureRequest) -> FaceFinder:
    return load_finder(MODELS, request.param)


def test_finds_a_face_and_its_parts(finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut())
    assert overlap(face.box, FACE) > 0.5
    assert not face.whole
    left_eye, right_eye, mouth = (
        np.mean(face.landmarks[PARTS[name]], axis=0) for name in ("left_eye", "right_eye", "outer_lip")
    )
    np.testing.assert_allclose(left_eye, (203, 101), atol=3)
    np.testing.assert_allclose(right_eye, (246, 103), atol=3)
    np.testing.assert_allclose(mouth, (223, 145), atol=3)


def test_parts_are_all_68_points_once() -> None:
    points = [point for part in PARTS.values() for point in range(68)[part]]
    assert points == list(range(68))


@pytest.mark.parametrize("scale", [0.6, 2, 5])
def test_coordinates_are_those_of_the_picture(finder: FaceFinder, scale: float) -> None:
    picture = cv2.resize(astronaut(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = list(finder.find(np.asarray(picture, np.uint8)))
    assert found
    assert overlap(found[0].box, FACE.scaled(scale)) > 0.5


def test_largest_first(finder: FaceFinder) -> None:
    face = astronaut()[20:240, 110:330]
    scene: NDArray[np.uint8] = np.full((480, 640, 3), 120, np.uint8)
    scene[40:180, 20:160] = cv2.resize(face, (140, 140))
    scene[150:430, 250:530] = cv2.resize(face, (280, 280))
    found = list(finder.find(scene))
    assert len(found) >= 1
    areas = [one.box.area for one in found]
    assert areas == sorted(areas, reverse=True)
    assert found[0].box.left > 250


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((3, 2000, 3), np.uint8),
        np.full((480, 640, 3), 128, np.uint8),
        np.random.default_rng(1).integers(0, 256, (240, 320, 3), np.uint8),
    ],
    ids=["pixel", "line", "gray", "noise"],
)
def test_no_face_is_no_error(finder: FaceFinder, picture: Image) -> None:
    assert list(finder.find(picture)) == []


def test_haar_looks_where_dlib_finds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = ClassicalDetector()
    finder = FaceFinder(detector)
    (dlib,) = finder.find(astronaut())
    monkeypatch.setattr(detector, "_dlib", lambda *_: [])
    haar = next(finder.find(astronaut()))
    assert overlap(haar.box, dlib.box) > 0.5
    distances = np.linalg.norm(np.array(haar.landmarks) - np.array(dlib.landmarks), axis=1)
    assert distances.mean() < 3


@pytest.mark.parametrize("side", [1, 48, 300])
def test_whole_picture_as_a_face(finder: FaceFinder, side: int) -> None:
    crop = cv2.resize(astronaut()[70:190, 165:285], (side, side), interpolation=cv2.INTER_AREA)
    face = finder.whole(np.asarray(crop, np.uint8))
    assert face.whole
    assert face.box == Box(left=0, top=0, right=side, bottom=side)
    assert len(face.landmarks) == 68


def test_a_thin_picture_is_not_enlarged(finder: FaceFinder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else a picture of a few kilobytes takes a gigabyte."""
    warp = Mock(side_effect=cv2.warpAffine)
    monkeypatch.setattr(cv2, "warpAffine", warp)
    finder.whole(np.zeros((32_000, 1, 3), np.uint8))
    assert [call.args[2] for call in warp.call_args_list] == [(300, 300)]


@pytest.mark.parametrize("degrees", [-35, 20, 35])
def test_landmarks_turn_with_the_head(degrees: float) -> None:
    """The predictor knows upright heads only: it is shown one."""
    finder = load_finder(MODELS)
    straight = landmarks_of(next(finder.find(astronaut())))
    turn = cv2.getRotationMatrix2D((224, 120), -degrees, 1)
    turned = cv2.warpAffine(astronaut(), turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    found = landmarks_of(next(finder.find(np.asarray(turned, np.uint8))))
    assert np.linalg.norm(found - transformed(straight, turn), axis=1).mean() < 3


@pytest.mark.parametrize("side", [30, 90, 400])
def test_the_predictor_is_shown_the_square_upright_at_one_size(side: float) -> None:
    box = Box(left=0, top=0, right=side, bottom=side)
    found = Detection(box=box, centre=(200, 100), side=side, roll=np.radians(30))
    right = side / 2 * np.exp(1j * np.radians(30))
    points = np.array([(200, 100), (200 + right.real, 100 + right.imag)], np.float32) - 0.5
    np.testing.assert_allclose(transformed(points, upright(found)), [(149.5, 149.5), (224.5, 149.5)], atol=1e-2)

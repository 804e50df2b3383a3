"""Crops put eyes and mouth where the card wants them, and both ways of making inputs agree."""

import numpy as np
import pytest
from skimage.data import astronaut
from skimage.feature import hog

from facelab import features
from facelab.faces import load_finder
from facelab.types import Box, Face
from tests.builders import MODELS
from training import tasks

FRAME = {"size": 48, "eyes": [[0.3, 0.4], [0.7, 0.4]], "mouth": [0.5, 0.8]}
SPEC = tasks.task("emotion").recipe.inputs


@pytest.fixture(scope="module")
def face() -> Face:
    """As dlib finds it: the same after every training of the finder."""
    return next(load_finder(MODELS, "dlib").find(astronaut()))


def targets(frame: dict[str, object]) -> np.ndarray:
    return np.array([*frame["eyes"], frame["mouth"]]) * frame["size"] - 0.5  # type: ignore[misc]


@pytest.mark.parametrize("name", tasks.names())
def test_eyes_and_mouth_lie_where_the_frame_has_them(face: Face, name: str) -> None:
    frame = tasks.task(name).recipe.inputs["frame"]
    matrix = features.crop_matrix(astronaut(), face, frame)
    placed = features.anchors(features.transformed(features.landmarks_of(face), matrix))
    np.testing.assert_allclose(placed, targets(frame), atol=2 / 48 * frame["size"])


@pytest.mark.parametrize("angle", [-40, 0, 25])
@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_similarity_undoes_roll_scale_and_shift(angle: float, scale: float) -> None:
    radians = np.radians(angle)
    turn = scale * np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
    source = targets(FRAME) @ turn.T + [100, -30]
    matrix = features.similarity(source, targets(FRAME))
    np.testing.assert_allclose(source @ matrix[:, :2].T + matrix[:, 2], targets(FRAME), atol=1e-9)
    assert np.linalg.det(matrix[:, :2]) == pytest.approx(scale**-2)


def test_similarity_of_points_in_one_place_is_finite() -> None:
    assert np.isfinite(features.similarity(np.ones((3, 2)), targets(FRAME))).all()


def test_a_picture_of_the_crops_size_is_taken_as_it_is() -> None:
    picture = astronaut()[80:128, 180:228]
    face = load_finder(MODELS).whole(picture)
    found = features.warp(picture, features.crop_matrix(picture, face, FRAME), (48, 48))
    np.testing.assert_array_equal(found, picture)


def test_reduction_averages_and_does_not_alias() -> None:
    stripes = np.zeros((480, 480, 3), np.uint8)
    stripes[:, ::2] = 255
    face = load_finder(MODELS).whole(stripes)
    crop = features.warp(stripes, features.crop_matrix(stripes, face, FRAME), (48, 48))
    np.testing.assert_allclose(crop[1:-1, 1:-1], 127.5, atol=8)


def test_a_strong_reduction_is_like_a_mild_one_of_a_smaller_picture() -> None:
    small = astronaut()
    large = small.repeat(12, axis=0).repeat(12, axis=1)  # 6144×6144
    matrix = features.turned(0.4 * np.exp(0.3j), complex(224, 120), complex(24, 30))
    shrunk = features.chained(matrix, np.array([[1 / 12, 0, 1 / 24 - 0.5], [0, 1 / 12, 1 / 24 - 0.5]]))
    found, expected = features.warp(large, shrunk, (48, 60)), features.warp(small, matrix, (48, 60))
    assert found.shape == (60, 48, 3)
    assert np.abs(found.astype(float) - expected).mean() < 3
    noise = np.random.default_rng(1).integers(0, 256, (3000, 3000, 3), np.uint8)
    assert features.warp(noise, features.turned(0.02, 1500 + 1500j, 24 + 24j), (48, 48)).std() < 6


@pytest.mark.parametrize("place", [-900, 3000])
def test_a_strong_reduction_beyond_the_picture(place: int) -> None:
    picture = np.full((1000, 1, 3), 77, np.uint8)
    crop = features.warp(picture, features.turned(0.05, complex(place, place), 24 + 24j), (48, 48))
    assert (crop == 77).all()


def test_crop_beyond_the_picture_goes_on_with_its_edge() -> None:
    picture = np.full((10, 10, 3), 77, np.uint8)
    crop = features.warp(picture, np.array([[1.0, 0, 20], [0, 1.0, 20]]), (48, 48))
    assert (crop == 77).all()


def test_inputs_are_gray_pixels_hog_and_landmarks(face: Face) -> None:
    found, _ = features.views(astronaut(), face, SPEC)
    assert found["image"].shape == (48, 48, 1)
    assert found["features"].shape == (8 * 3 * 3 + 2 * 68,)
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}
    assert 0 <= found["image"].min() < found["image"].max() <= 255
    gray = found["image"][..., 0].astype(np.uint8)
    expected = hog(gray, orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1))
    np.testing.assert_allclose(found["features"][:72], expected, rtol=1e-5)
    assert np.abs(found["features"][72:]).max() < 0.75


def test_colour_networks_see_rgb(face: Face) -> None:
    spec = tasks.task("gender").recipe.inputs
    (found,) = features.views(astronaut(), face, spec)
    assert list(found) == ["image"]
    assert found["image"].shape == (spec["frame"]["size"],) * 2 + (3,)
    red, _, blue = found["image"].reshape(-1, 3).mean(axis=0)
    assert red > blue + 10  # skin and hair


def test_a_mirrored_view_is_that_of_the_mirrored_picture(face: Face) -> None:
    """HOG of nearly the same gradients: pixels are drawn anew at places that differ by less than one."""
    seen, mirrored = features.views(astronaut(), face, SPEC)
    np.testing.assert_array_equal(mirrored["image"], seen["image"][:, ::-1])
    other = astronaut()[:, ::-1].copy()
    box = Box(left=512 - face.box.right, top=face.box.top, right=512 - face.box.left, bottom=face.box.bottom)
    points = np.array(face.landmarks)[features.MIRRORED] * [-1, 1] + [511, 0]
    there, _ = features.views(other, Face(box=box, landmarks=tuple(map(tuple, points.tolist()))), SPEC)
    np.testing.assert_allclose(mirrored["image"], there["image"], atol=3)
    np.testing.assert_allclose(mirrored["features"][:72], there["features"][:72], atol=0.02)
    np.testing.assert_allclose(mirrored["features"][72:], there["features"][72:], atol=1e-3)
    assert np.abs(seen["features"][:72] - there["features"][:72]).max() > 0.2


def test_mirror_order_is_its_own_inverse() -> None:
    np.testing.assert_array_equal(features.MIRRORED[features.MIRRORED], np.arange(68))


def test_landmarks_are_shares_of_the_crop() -> None:
    gray = np.zeros((48, 48), np.uint8)
    corners = np.array([[-0.5, -0.5], [47.5, 47.5]] * 34, np.float32)
    shares = features.vector(gray, corners, SPEC["hog"])[72:].reshape(68, 2)
    np.testing.assert_allclose(shares[0], [-0.5, -0.5])
    np.testing.assert_allclose(shares[1], [0.5, 0.5])

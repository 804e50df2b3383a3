"""Windows, decoding and both detectors; the astronaut is NASA's portrait of Eileen Collins, in the public domain."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from facelab.detectors import ClassicalDetector, load_detector
from facelab.errors import ModelError
from facelab.features import Floats
from facelab.finder import (
    NetworkDetector,
    close_up,
    confirmed,
    decoded,
    detection,
    distinct,
    flipped,
    inside,
    load_network_detector,
    moved,
    moved_back,
    same_face,
    windows,
)
from facelab.types import Box, Image
from tests.builders import MODELS, overlap

FACE = Box(left=180, top=75, right=268, bottom=178)  # of the astronaut, drawn by hand


@pytest.fixture(scope="module")
def network() -> NetworkDetector:
    return load_network_detector(MODELS / "finder.json")


SIZES = (320, 256), (320, 320)


@pytest.mark.parametrize(
    ("width", "height", "shapes"),
    [
        (640, 480, [(256, 320)]),
        (320, 256, [(256, 320)]),
        (4000, 3000, [(256, 320)]),
        (480, 640, [(320, 320), (256, 320)]),
        (512, 512, [(320, 320), (256, 320)]),
        (1, 1, [(256, 320)]),
        (32_000, 1, [(256, 320)]),
        (1, 32_000, [(320, 320), (256, 320)]),
    ],
)
def test_windows_show_all_of_a_picture(width: int, height: int, shapes: list[tuple[int, int]]) -> None:
    found = list(windows(np.full((height, width, 3), 250, np.uint8), *SIZES))
    assert [window.shape[:2] for window, _ in found] == shapes
    for window, way in found:
        shown = [max(1, round(side * way[axis, axis])) for axis, side in enumerate((width, height))]
        assert (window[..., 0] == 250).sum() == shown[0] * shown[1]


def test_a_face_of_a_twentieth_of_the_longer_side_spans_two_cells() -> None:
    for width, height in ((640, 480), (3000, 4000), (800, 800)):
        _, way = next(windows(np.zeros((height, width, 3), np.uint8), *SIZES))
        assert way[0, 0] * max(width, height) / 20 == pytest.approx(16, rel=0.01)


def test_a_cell_that_says_a_face_is_read() -> None:
    answer = np.full((4, 5, 15), -9, np.float32)
    answer[2, 3] = [0, 0.5, -0.5, np.log(2), np.log(4), *np.arange(10) / 10]
    ((score, left, top, right, bottom, *points),) = decoded(answer, 0.3).tolist()
    assert score == 0.5
    assert (left, top, right, bottom) == pytest.approx((24, 0, 40, 32), abs=1e-4)
    np.testing.assert_allclose(points, 8 * (np.tile([3.5, 2.5], 5) + np.arange(10) / 10), rtol=1e-5)
    assert len(decoded(answer, 0.6)) == 0


def row(left: float, top: float, side: float, score: float = 0.5) -> Floats:
    """A square box; its points do not matter here."""
    return np.array([score, left, top, left + side, top + side, *[left] * 10], np.float32)


def test_of_two_boxes_on_a_face_the_better_is_kept() -> None:
    rows = np.stack([row(10, 10, 50, 0.4), row(12, 10, 50, 0.8), row(200, 10, 50, 0.6)])
    np.testing.assert_allclose(distinct(rows, 0.4)[:, 0], [0.8, 0.6])
    assert distinct(rows[:0], 0.4).shape == (0, 15)


@pytest.mark.parametrize(("left", "top", "side"), [(100, 60, 40), (-10, -5, 80), (560, 430, 90), (300, 200, 400)])
@pytest.mark.parametrize("degrees", [0, 30])
def test_a_close_up_leads_back_to_the_picture(left: float, top: float, side: float, degrees: float) -> None:
    middle = complex(left + side / 2, top + side / 2)
    head = np.array([-0.2 - 0.2j, 0.2 - 0.2j, 0, -0.16 + 0.2j, 0.16 + 0.2j])
    points = middle + side * np.exp(1j * np.radians(degrees)) * head
    places = np.column_stack([points.real, points.imag]).ravel()
    face = np.array([0.5, left, top, left + side, top + side, *places], np.float32)
    way = close_up(face, 160, 128)
    seen = moved(face[None, 1:] - 0.5, way)[0] + 0.5
    np.testing.assert_allclose(seen[4:].reshape(5, 2) @ [1, 1j], 80 + 64j + 72 * head, atol=1e-3)
    mirrored = moved(face[None, 1:] - 0.5, flipped(way, 160))[0] + 0.5
    np.testing.assert_allclose(mirrored[4::2], 160 - seen[4::2], atol=1e-3)
    np.testing.assert_allclose(mirrored[[2, 1, 0, 3]], [160, 0, 160, 0] + seen[:4] * [-1, 1, -1, 1], atol=1e-3)
    back = moved_back(np.append(np.float32(0.9), seen)[None], way)[0]
    np.testing.assert_allclose(back[5:], places, atol=1e-2)
    np.testing.assert_allclose((back[1:3] + back[3:5]) / 2, [middle.real, middle.imag], atol=1e-2)
    if not degrees:
        np.testing.assert_allclose(back[1:5], face[1:5], atol=1e-2)


def test_a_window_shows_what_its_map_says() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[100:140, 200:280] = 250
    window, way = next(windows(picture, *SIZES))
    y, x = np.nonzero(window[..., 0] > 200)
    seen = np.array([[1, x.min(), y.min(), x.max() + 1, y.max() + 1, *[0] * 10]], np.float32)
    np.testing.assert_allclose(moved_back(seen, way)[0, 1:5], [200, 100, 280, 140], atol=1e-3)


def test_a_candidate_of_no_size_is_none(network: NetworkDetector) -> None:
    assert len(network._again(astronaut(), row(5, 5, 0))) == 0


def test_the_second_look_is_at_the_face_and_its_mirror_image(
    network: NetworkDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows, score = [], 0.5

    def seen(window: Image, _least: float) -> Floats:
        windows.append(window)
        return row(52, 28, 72, score)[None]  # the same face, there

    monkeypatch.setattr(network, "_seen", seen)
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[200:272, 300:336] = 250  # the left half of a face
    face = np.array([0.5, 300, 200, 372, 272, 320, 220, 352, 220, 336, 236, 322, 252, 350, 252], np.float32)
    assert len(network._again(picture, face)) == 1
    straight, mirrored = windows
    y, x = np.nonzero(straight[..., 0] > 200)
    assert (x.min(), x.max() + 1, y.min(), y.max() + 1) == (44, 80, 28, 100)
    np.testing.assert_array_equal(mirrored, straight[:, ::-1])
    score = 0.9
    assert len(network._again(picture, face)) == 1
    assert len(windows) == 3  # once was enough


def test_a_face_seen_by_two_candidates_is_one(network: NetworkDetector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their first boxes may overlap too little to tell."""
    pair = np.stack([row(175, 50, 70), row(205, 80, 110)])
    monkeypatch.setattr(network, "_seen", lambda *_: pair[:0])
    monkeypatch.setattr("facelab.finder.inside", lambda *_: pair)
    monkeypatch.setattr(network, "_again", lambda *_: row(178, 62, 95, 0.9)[None])
    assert len(network.rows(astronaut())) == 1


def test_what_lies_beside_the_picture_is_none() -> None:
    rows = np.stack([row(10, 10, 50), row(47, 657, 5), row(-40, 10, 50)])
    np.testing.assert_array_equal(inside(rows, np.zeros((358, 100, 3), np.uint8)), rows[:1])


def test_a_second_look_and_its_mirror_image_decide() -> None:
    straight, mirrored = row(12, 11, 50, 0.9)[None], row(11, 11, 50, 0.5)[None]
    (found,) = confirmed(straight, mirrored)
    assert found[0] == pytest.approx(0.75, abs=0.01)  # odds 9 and 1: their mean is 3
    np.testing.assert_array_equal(found[1:], straight[0, 1:])
    assert confirmed(straight, mirrored[:0])[0, 0] < 0.4


def test_a_second_look_is_at_the_same_face() -> None:
    others = np.stack([row(200, 10, 50, 0.99), row(12, 11, 50, 0.7), row(11, 11, 50, 0.8)])
    np.testing.assert_array_equal(same_face(row(10, 10, 50), others), others[2:])
    assert len(same_face(row(10, 10, 50), others[:1])) == 0


@pytest.mark.parametrize("degrees", [-40, 0, 25])
def test_the_square_turns_with_the_head(degrees: float) -> None:
    turn = np.exp(1j * np.radians(degrees))
    points = 100 + 100j + turn * np.array([-20 - 20j, 20 - 20j, 0, -16 + 20j, 16 + 20j])
    found = detection(np.array([1, 60, 60, 140, 140, *np.column_stack([points.real, points.imag]).ravel()], np.float32))
    assert np.degrees(found.roll) == pytest.approx(degrees, abs=1e-3)
    rise = (complex(*found.centre) - (100 + 100j)) / turn
    assert rise.real == pytest.approx(0, abs=1e-3)
    assert -0.05 * found.side < rise.imag < 0


@pytest.mark.parametrize("scale", [0.2, 0.6, 1, 4])
def test_the_network_finds_a_face_at_any_scale(network: NetworkDetector, scale: float) -> None:
    picture = cv2.resize(astronaut(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = network(np.asarray(picture, np.uint8))
    assert max(overlap(one.box, FACE.scaled(scale)) for one in found) > 0.6


@pytest.mark.parametrize("degrees", [-30, -15, 15, 30])
def test_the_network_says_how_a_head_is_turned(network: NetworkDetector, degrees: float) -> None:
    def roll_of(image: Image) -> float:
        return float(np.degrees(max(network(image), key=lambda one: one.box.area).roll))

    turn = cv2.getRotationMatrix2D((224, 120), -degrees, 1)  # OpenCV's angles are counter-clockwise
    turned = cv2.warpAffine(astronaut(), turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    assert roll_of(np.asarray(turned, np.uint8)) - roll_of(astronaut()) == pytest.approx(degrees, abs=8)


def test_several_faces_are_found_once_each(network: NetworkDetector) -> None:
    scene = np.full((480, 640, 3), 120, np.uint8)
    places = [(20, 40, 140), (250, 150, 280), (40, 300, 90)]
    for left, top, side in places:
        scene[top : top + side, left : left + side] = cv2.resize(astronaut()[20:240, 110:330], (side, side))
    assert len(network(scene)) == 3


def test_square_of_the_network_is_where_dlib_draws_it(network: NetworkDetector) -> None:
    (own,), (other,) = network(astronaut()), ClassicalDetector()(astronaut())
    assert own.side == pytest.approx(other.side, rel=0.25)
    np.testing.assert_allclose(own.centre, other.centre, atol=0.12 * other.side)


def test_an_unknown_finder_is_named() -> None:
    with pytest.raises(ModelError, match=r"network, dlib was expected, 'mtcnn' came"):
        load_detector(MODELS, "mtcnn")

"""What is drawn, and where."""

from pathlib import Path

import numpy as np
import pytest

from facelab import draw
from facelab.errors import OutputError
from facelab.images import decode
from facelab.types import Face, FaceReport, Image
from tests.builders import PREDICTIONS, face


def drawn(found: Face, side: int = 200) -> tuple[Image, Image]:
    """A gray picture before and after a face is drawn into it."""
    before = np.full((side, side, 3), 128, np.uint8)
    return before, draw.annotated(before, [(1, FaceReport(face=found, predictions=PREDICTIONS))])


def test_box_landmarks_and_text() -> None:
    before, after = drawn(face(40, 40, 100, 100))
    changed = (after != before).any(axis=2)
    assert changed[40, 40:101].all()
    assert changed[40:101, 100].all()
    assert changed[70, 70]  # where all landmarks are
    assert changed[105:160, 40:110].mean() > 0.1
    assert not changed[:39].any()
    assert (before == 128).all()


@pytest.mark.parametrize("box", [(150, 150, 199, 199), (-50, -50, 20, 20), (190, 0, 260, 190)])
def test_text_stays_in_the_picture(box: tuple[float, float, float, float]) -> None:
    """As much is drawn at an edge as in the middle, less what the box has outside."""
    letters = (drawn(face(*box))[1] == 0).all(axis=2)  # their dark outline, which no box has
    expected = (drawn(face(60, 60, 130, 130))[1] == 0).all(axis=2)
    assert letters.sum() == pytest.approx(expected.sum(), rel=0.1)


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "original.png").write_text("dear")
    (tmp_path / "link.png").symlink_to(tmp_path / "original.png")
    draw.save(np.zeros((4, 4, 3), np.uint8), tmp_path / "link.png")
    assert (tmp_path / "original.png").read_text() == "dear"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link.png", "original.png"]


@pytest.mark.parametrize("length", [255, 256])
def test_long_names(tmp_path: Path, length: int) -> None:
    """The longest that file systems take is written; a longer one is this picture's trouble alone."""
    file = tmp_path / ("x" * (length - 4) + ".png")
    if length == 255:
        draw.save(np.zeros((4, 4, 3), np.uint8), file)
        assert list(tmp_path.iterdir()) == [file]
        return
    with pytest.raises(OSError, match="too long"):
        draw.save(np.zeros((4, 4, 3), np.uint8), file)


def test_a_picture_that_its_format_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        draw.save(np.zeros((1, 65_536, 3), np.uint8), tmp_path / "a.jpg")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(OutputError, match=r"a/b\.png cannot be written"):
        draw.save(np.zeros((4, 4, 3), np.uint8), tmp_path / "a" / "b.png")


def test_words() -> None:
    assert [draw.words(said) for said in PREDICTIONS.values()] == ["happy 93%", "22 (17-28)"]


@pytest.mark.parametrize("name", ["a.jpg", "b/c.PNG", "d.webp", "e.gif"])
def test_saved_in_the_format_of_its_name(tmp_path: Path, name: str) -> None:
    picture = np.full((20, 30, 3), 200, np.uint8)
    draw.save(picture, tmp_path / name)
    np.testing.assert_allclose(decode((tmp_path / name).read_bytes()), picture, atol=3)

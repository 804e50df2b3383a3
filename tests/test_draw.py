"""What is drawn, and where."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL.ImageDraw import ImageDraw

from facelab import draw
from facelab.errors import OutputError
from facelab.images import decode
from facelab.types import Box, Face, FaceReport, Image
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


@pytest.mark.parametrize(("side", "most"), [(48, 0.3), (100, 0.2)])
def test_a_face_that_fills_its_picture_is_not_covered(side: int, most: float) -> None:
    assert (drawn(face(0, 0, side, side), side)[1] == 0).all(axis=2).mean() < most
    beside = drawn(face(40, 40, 100, 100))[1]
    assert (beside[106:130, 45:60] == 0).all(axis=2).mean() > 0.5  # letters on black


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Box]]:
    """What is written, and what it covers."""
    texts: list[tuple[str, Box]] = []

    def note(pen: ImageDraw, xy: tuple[float, float], text: str, **style: Any) -> None:
        shape = {key: value for key, value in style.items() if "fill" not in key}
        ends = pen.multiline_textbbox(xy, text, **shape)
        texts.append((text, Box(**dict(zip(("left", "top", "right", "bottom"), ends, strict=True)))))

    monkeypatch.setattr(ImageDraw, "multiline_text", note)
    return texts


def draw_all(boxes: list[Box], side: int = 480) -> None:
    reports = [FaceReport(face=Face(box=box, landmarks=()), predictions=PREDICTIONS) for box in boxes]
    draw.annotated(np.full((side, side, 3), 128, np.uint8), enumerate(reports, 1))


def square(left: float, top: float, side: float = 80) -> Box:
    return Box(left=left, top=top, right=left + side, bottom=top + side)


ABOVE, BELOW, RIGHT, LEFT = square(200, 110), square(200, 290), square(290, 200), square(110, 200)


@pytest.mark.parametrize(
    ("others", "text", "corner"),
    [
        ([], "1\nhappy 93%\n22 (17-28)", (200, 281)),
        ([BELOW], "1\nhappy 93%\n22 (17-28)", (200, 199)),
        ([BELOW, ABOVE], "1\nhappy 93%\n22 (17-28)", (281, 200)),
        ([BELOW, ABOVE, RIGHT], "1\nhappy 93%\n22 (17-28)", (199, 200)),
        ([BELOW, ABOVE, RIGHT, LEFT], "1", (200, 200)),
        ([BELOW, ABOVE, RIGHT, LEFT, square(150, 150)], "1", (280, 200)),
    ],
)
def test_where_labels_are(
    written: list[tuple[str, Box]], others: list[Box], text: str, corner: tuple[float, float]
) -> None:
    """Below the face, above, right, left, or else its number alone in a corner that no other face has."""
    draw_all([square(200, 200), *others])
    said, place = written[0]
    assert said == text
    x, y = corner
    assert min(abs(place.left - x), abs(place.right - x)) <= 1
    assert min(abs(place.top - y), abs(place.bottom - y)) <= 1


@pytest.mark.parametrize(("columns", "rows", "side"), [(4, 2, 80), (4, 2, 110), (8, 4, 50), (8, 4, 24), (16, 8, 18)])
def test_labels_in_a_crowd(written: list[tuple[str, Box]], columns: int, rows: int, side: int) -> None:
    """Every number is to be seen, and nothing is written on another face or another text."""
    at = [(column, row) for row in range(rows) for column in range(columns)]
    boxes = [square(480 / columns * x + y % 2, 480 / rows * y + x % 3, side) for x, y in at]
    draw_all(boxes)
    assert [int(text.split("\n")[0]) for text, _ in written] == list(range(1, len(boxes) + 1))
    picture = Box(left=0, top=0, right=480, bottom=480)
    for box, (text, place) in zip(boxes, written, strict=True):
        assert place.shared(picture) == place.area
        others = [other for other in [*boxes, *(other for _, other in written)] if other not in (box, place)]
        assert sum(place.shared(other) for other in others) == 0
        alone = "\n" not in text
        assert place.shared(box) == alone * place.area
        assert not alone or place.height < side / 3 + 2  # whole pixels


@pytest.mark.parametrize("side", [0.01, 3, 12])
def test_the_smallest_faces_have_their_numbers(written: list[tuple[str, Box]], side: float) -> None:
    draw_all([square(100 + side * column, 100 + side * row, side) for row in range(5) for column in range(5)])
    assert len(written) == 25


def test_the_first_number_chooses_first() -> None:
    """Whatever the order of the faces, which changes from frame to frame of a film."""
    reports = [(n, FaceReport(face=face(10, y, 50, y + 40), predictions=PREDICTIONS)) for n, y in ((1, 60), (2, 155))]
    picture = np.full((200, 200, 3), 128, np.uint8)
    assert (draw.annotated(picture, reports) == draw.annotated(picture, reports[::-1])).all()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """To a file it is one that came; to nothing it is replaced."""
    original, link = tmp_path / "original.png", tmp_path / "link.png"
    original.write_text("dear")
    link.symlink_to(original)
    with pytest.raises(OutputError, match="came meanwhile"):
        draw.save(np.zeros((4, 4, 3), np.uint8), link)
    assert original.read_text() == "dear"
    original.unlink()
    draw.save(np.zeros((4, 4, 3), np.uint8), link)
    assert list(tmp_path.iterdir()) == [link]


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

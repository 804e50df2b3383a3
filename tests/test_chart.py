"""The chart: a panel a face, a line a label."""

import re
from pathlib import Path

import pytest
from PIL import Image as Pillow

from facelab.chart import PANELS, Chart, check
from facelab.errors import RequestError
from facelab.rows import Row
from tests.builders import CARDS


def rows(track: int, frames: int) -> list[Row]:
    said = {"emotion_happy": 0.75, "emotion_angry": 0.25}
    return [{"time": frame / 25, "track": track, "face": 1, **said} for frame in range(frames)]


def drawn(file: Path, *lengths: int) -> Path:
    chart = Chart(CARDS["emotion"])
    for track, length in enumerate(lengths, 1):
        for row in rows(track, length):
            chart.add(row)
    chart.add({"time": 0.0, "track": None, "faces": 0})
    chart.save(file)
    return file


def test_svg(tmp_path: Path) -> None:
    said = drawn(tmp_path / "a.svg", 20, 10).read_text()
    words = re.findall(r">([^<>\n]+)</text>", said)
    assert {"Apparent expression", "face 1", "face 2", "seconds", "happy", "angry"} <= set(words)
    assert words.count("happy") == 1


def test_png(tmp_path: Path) -> None:
    with Pillow.open(drawn(tmp_path / "a.png", 20)) as picture:
        assert picture.size == (1000, 300)


def test_the_faces_that_are_seen_longest(tmp_path: Path) -> None:
    said = drawn(tmp_path / "a.svg", 1, *[9] * PANELS).read_text()
    assert re.findall(r">face (\d)<", said) == [str(track) for track in range(2, PANELS + 2)]


def test_no_face(tmp_path: Path) -> None:
    assert "Apparent expression" in drawn(tmp_path / "a.svg").read_text()


def test_a_chart_of_another_kind() -> None:
    with pytest.raises(RequestError, match=r"\*\.png or \*\.svg was expected, a\.gif came"):
        check(Path("a.gif"))

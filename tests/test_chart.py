"""The chart: a panel a face, a line a label."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from facelab.chart import PANELS, Chart
from facelab.rows import Row
from tests.builders import CARDS


def rows(track: int, frames: Iterable[int]) -> list[Row]:
    said = {"emotion_happy": 0.75, "emotion_angry": 0.25}
    return [{"frame": frame, "time": frame / 25, "track": track, "face": 1, **said} for frame in frames]


def drawn(file: Path, *lengths: int) -> Path:
    chart = Chart(CARDS["emotion"])
    for track, length in enumerate(lengths, 1):
        for row in rows(track, range(length)):
            chart.add(row)
    chart.add({"frame": 30, "time": 0.0, "track": None, "faces": 0})
    chart.save(file)
    return file


def test_svg(tmp_path: Path) -> None:
    said = drawn(tmp_path / "a.svg", 20, 10).read_text()
    words = re.findall(r">([^<>\n]+)</text>", said)
    assert {"Apparent expression", "face 1", "face 2", "seconds", "happy", "angry"} <= set(words)
    assert words.count("happy") == 1


def test_png(tmp_path: Path) -> None:
    with Pillow.open(drawn(tmp_path / "a.png", 20)) as picture:
        assert picture.size == (2000, 600)


def test_the_faces_that_are_seen_longest(tmp_path: Path) -> None:
    said = drawn(tmp_path / "a.svg", 1, *[9] * PANELS).read_text()
    assert re.findall(r">face (\d)<", said) == [str(track) for track in range(2, PANELS + 2)]
    assert f"the {PANELS} of {PANELS + 1} faces seen longest" in said


@pytest.mark.parametrize(("frames", "pieces"), [([0, 1, 2, 30, 31], 2), ([0, 2, 4, 6], 1)])
def test_a_face_that_was_away_leaves_a_gap_one_that_flickers_none(
    tmp_path: Path, frames: list[int], pieces: int
) -> None:
    chart, file = Chart(CARDS["emotion"]), tmp_path / "a.svg"
    for row in rows(1, frames):
        chart.add(row)
    chart.save(file)
    lines = re.findall(r'<path d="([^"]*)" clip-path', file.read_text())
    assert [line.count("M") for line in lines] == [pieces, pieces]


def test_what_is_certain_is_seen(tmp_path: Path) -> None:
    """And does not lie under the frame."""
    chart, file = Chart(CARDS["emotion"]), tmp_path / "a.png"
    for row in rows(1, range(9)):
        chart.add({**row, "emotion_happy": 1.0, "emotion_angry": 0.0})
    chart.save(file)
    with Pillow.open(file) as picture:
        blue = np.abs(np.asarray(picture.convert("RGB")).astype(int) - (0x1F, 0x77, 0xB4)).max(axis=2) < 12
    assert blue[:, 200:700].sum(axis=1).max() > 300


def test_no_face(tmp_path: Path) -> None:
    assert "Apparent expression" in drawn(tmp_path / "a.svg").read_text()


def test_a_long_film_makes_no_huge_svg(tmp_path: Path) -> None:
    file = drawn(tmp_path / "a.svg", 20_000)
    assert file.stat().st_size < 300_000
    assert ">face 1<" in file.read_text()

"""A film by the command line: table, copy and chart."""

import csv
import errno
from pathlib import Path
from unittest.mock import Mock

import pytest

from facelab.__main__ import main
from facelab.video import opened
from tests.films import cut_avi, film, scene

TIMES = [frame * 40 + (frame % 3) * 9 for frame in range(30)]  # milliseconds, not even ones
AWAY = range(12, 18)  # frames without the left face


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The left face moves and is away for a while, the right one stays; in the last frame there is none."""
    scenes = [scene(None if frame in AWAY else 4 * frame, 400) for frame in range(29)]
    return film(tmp_path / "clip.mp4", [*scenes, scene(None)], TIMES)


def test_table_copy_and_chart(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, copy, chart = (clip.with_name(name) for name in ("faces.csv", "copy.mp4", "chart.svg"))
    assert main([str(clip), "--out", str(table), "--draw", str(copy), "--chart", str(chart)]) == 0
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    left = {int(row["frame"]) for row in rows if row["left"] and float(row["left"]) < 300}
    right = {int(row["frame"]) for row in rows if row["left"] and float(row["left"]) > 300}
    assert (left, right) == (set(range(29)) - set(AWAY), set(range(29)))
    assert len({row["track"] for row in rows if row["left"] and float(row["left"]) < 300}) == 1
    assert {row["track"] for row in rows} == {"1", "2", ""}
    assert all(float(row["time"]) == pytest.approx(TIMES[int(row["frame"])] / 1000, abs=1e-3) for row in rows)
    assert {row["emotion"] for row in rows[:-1]} == {"happy"}
    assert (rows[-1]["frame"], rows[-1]["faces"], rows[-1]["emotion"]) == ("29", "0", "")
    with opened(copy) as found:
        assert [frame.time for frame, _ in found.frames()] == pytest.approx([time / 1000 for time in TIMES], abs=1e-3)
    assert "face 2" in chart.read_text()
    assert "frames 30, faces 52, followed faces 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--out, --draw or --chart was expected for a film, none came"),
        (["clip.mp4", "--out", "faces.csv"], "pictures or one film were expected, 2 paths with a film came"),
        (["--out", "faces.xls"], "*.csv, *.jsonl, *.parquet was expected"),
        (["--draw", "clip.mp4"], "a new file was expected, clip.mp4 exists"),
        (["--draw", "copy.avi"], "*.m4v, *.mkv, *.mov, *.mp4, *.webm was expected, copy.avi came"),
        (["--draw", "copy.mp4", "--landmarks"], "--out was expected for --landmarks"),
        (["--chart", "chart.gif"], "*.png, *.svg was expected, chart.gif came"),
        (["--chart", "chart.svg", "--networks", "age"], "--chart takes the network emotion"),
    ],
)
def test_what_cannot_be_done(
    clip: Path,
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(clip.parent)
    assert main(["clip.mp4", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert [file.name for file in clip.parent.iterdir()] == ["clip.mp4"]


def test_a_film_that_was_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = cut_avi(tmp_path / "clip.avi", 0.5)
    assert main([str(file), "--out", str(tmp_path / "faces.csv")]) == 1
    said = capsys.readouterr().err
    assert "missing seconds 2" in said
    assert f"a part of {file} is missing or could not be read" in said


def test_a_film_that_ends_before_all_is_written_begins_anew(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(clip)]
    for option, name in (("--out", "faces.csv"), ("--draw", "copy.mp4"), ("--chart", "chart.svg")):
        arguments += [option, str(clip.with_name(name))]
    with monkeypatch.context() as full:
        full.setattr("facelab.chart.Chart.save", Mock(side_effect=OSError(errno.ENOSPC, "No space left on device")))
        assert main(arguments) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert [file.name for file in clip.parent.iterdir()] == ["clip.mp4"]
    assert main(arguments) == 0


def test_a_chart_of_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "a.jpg"), "--chart", "chart.svg"]) == 2
    assert "a film was expected for --chart" in capsys.readouterr().err


def test_without_the_extra(clip: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facelab.__main__.find_spec", lambda _: None)
    assert main([str(clip), "--out", "faces.csv"]) == 2
    assert "pip install '.[film]' in facelab's clone" in capsys.readouterr().err

"""The command line: a line of JSON for each file, in a terminal a table."""

import csv
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image as Pillow
from skimage.data import astronaut

from facelab import __version__
from facelab.__main__ import main
from facelab.analyzer import Analyzer
from facelab.collection import Asked, analyse
from facelab.pictures import Picture
from facelab.terminal import plain
from facelab.types import Analysis

ROOT = Path(__file__).parent.parent


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "föto 1.png"
    Pillow.fromarray(astronaut()).save(file)
    return file


def test_a_line_for_each_file(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = photo.with_name("b.png")
    other.write_bytes(photo.read_bytes())
    assert main([str(other), str(photo)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in lines] == [str(other), str(photo)]
    assert len(lines[0]["faces"]) == 1


def test_a_name_that_the_output_cannot_hold(photo: Path) -> None:
    photo = photo.rename(photo.with_name("日本.png"))
    command = [sys.executable, "-m", "facelab", "--networks", "emotion", str(photo)]
    run = subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "latin-1"})
    assert json.loads(run.stdout)["file"] == str(photo)


def test_crop(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--crop", str(photo)])
    (face,) = json.loads(capsys.readouterr().out)["faces"]
    assert face["box"] == {"left": 0, "top": 0, "right": 512, "bottom": 512}


def test_a_bad_file_is_named_and_the_others_are_done(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = photo.with_name("text.jpg")
    text.write_text("no picture")
    assert main([str(text), str(photo.with_name("absent.jpg")), str(photo)]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "JPEG" in lines[0]["error"]
    assert "absent.jpg" in lines[1]["error"]
    assert len(lines[2]["faces"]) == 1


def test_no_models(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--models", str(tmp_path / "none"), str(photo)]) == 2
    assert "model cards" in capsys.readouterr().err


def test_a_folder_some_networks_and_a_drawing(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = photo.parent / "drawn"
    assert main([str(photo.parent), "--networks", "gender, age", "--draw", str(drawn)]) == 0
    (face,) = json.loads(capsys.readouterr().out)["faces"]
    assert list(face) == ["box", "score", "landmarks", "gender", "age"]
    assert (drawn / photo.name).stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--networks", "age,height"], "one or more of the networks"),
        (["--out", "faces.xls"], r"*.csv, *.jsonl, *.parquet was expected, faces.xls came"),
        (["--draw", ""], "is one of the pictures"),
        (["s3://bucket/photos"], "s3://bucket/photos came, which takes --engine ray"),
        (["--out", "s3://bucket/faces.csv"], "a path of this machine was expected"),
        (["--draw", "s3://bucket/drawn"], "a path of this machine was expected"),
        (["--jobs", "2"], "--out was expected for --jobs"),
        (["--address", "head:6379"], "--engine ray was expected"),
        (["--out", "a.csv", "--draw", "b/../a.csv"], "different places were expected for --out, --draw and --chart"),
        (["/dev/null", "--out", "a.csv"], "files were expected for a table, /dev/null is none"),
        (["--engine", "ray"], "a folder for Parquet files was expected as --out, none came"),
        (["--engine", "ray", "--out", "faces.csv"], "a folder for Parquet files was expected as --out, faces.csv came"),
        (["--engine", "ray", "--out", "faces", "--draw", "drawn"], "--draw or --chart came"),
        (["film.mp4", "--engine", "ray", "--out", "faces"], "pictures were expected of --engine ray, a film came"),
        (["nothing://photos", "--engine", "ray", "--out", "faces"], "a place that fsspec reads was expected"),
    ],
)
def test_a_question_that_cannot_be_answered(
    photo: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([str(photo), *(argument or str(photo.parent) for argument in arguments)]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert not said.out


def test_ray_that_is_missing(photo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facelab.__main__.find_spec", lambda _: None)
    assert main([str(photo), "--engine", "ray", "--out", "faces"]) == 2
    assert "pip install '.[ray]' in facelab's clone" in capsys.readouterr().err


def test_a_table_in_a_terminal(photo: Path) -> None:
    (photo.parent / "bad.jpg").write_text("no picture")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "150", "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    command = [sys.executable, "-m", "facelab", "."]
    with subprocess.Popen(command, cwd=photo.parent, stdout=theirs, stderr=subprocess.DEVNULL, env=environment) as run:
        said = b""
        while "a JPEG" not in said.decode(errors="ignore"):  # the error stands below the table
            said += os.read(ours, 4096)
    os.close(ours)
    os.close(theirs)
    assert run.returncode == 1
    table = said.decode()
    assert all(words in table for words in ("Apparent expression", "happy", "JPEG", "bad.jpg", "│ 1 "))
    assert "{" not in table


def test_control_characters_of_a_name_are_written_out() -> None:
    assert plain("\x1b[31mré d\u202e.jpg\n") == "\\x1b[31mré d\\u202e.jpg\\n"


def test_an_output_that_is_closed(photo: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m facelab "$1" >&- 2>&-', sys.executable, photo],
        stdout=subprocess.PIPE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_reader_that_has_seen_enough(photo: Path) -> None:
    command = [sys.executable, "-m", "facelab", str(photo)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        run.stdout.close()
        _, said = run.communicate()
    assert run.returncode == 0
    assert "rror" not in said
    assert "ipe" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([""], "a path was expected, nothing came"),
        (["a.jpg", "--out", ""], "a path was expected, nothing came"),
        (["a.jpg", "--jobs", "x"], "a number from 1 on was expected, x came"),
        (["a.jpg", "--jobs", "0"], "a number from 1 on was expected, 0 came"),
    ],
)
def test_an_argument_that_is_none(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


def test_a_drawing_that_cannot_be_written_is_no_fault_of_the_picture(
    photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = photo.parent / "a file"
    file.touch()
    table = photo.parent / "faces.csv"
    for out in ([], ["--out", str(table)]):
        assert main([str(photo), "--draw", str(file), *out]) == 2
        assert "cannot be written" in capsys.readouterr().err
    assert not table.exists()
    assert table.with_name("faces.csv.part").exists()


def test_one_strange_picture_ends_no_run(
    photo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = photo.parent / "a strange one.jpg"
    strange.touch()

    def analysed(analyzer: Analyzer, picture: Picture, asked: Asked) -> Analysis:
        if picture.file == strange:
            raise ValueError("strange")
        return analyse(analyzer, picture, asked)

    monkeypatch.setattr("facelab.__main__.analyse", analysed)
    assert main([str(strange), str(photo), "--networks", "age"]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["error"] == "ValueError('strange')"
    assert len(second["faces"]) == 1


def test_landmarks_are_of_a_table(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(photo), "--landmarks"]) == 2
    assert "--out was expected for --landmarks" in capsys.readouterr().err


def test_names_in_capitals(photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    shutil.copy(photo, folder / "A.JPE")
    table = tmp_path / "FACES.CSV"
    assert main([str(folder), "--networks", "age", "--out", str(table)]) == 0
    (row,) = csv.DictReader(table.read_text().splitlines())
    assert row["file"].endswith("A.JPE")
    assert 0.5 < float(row["score"]) <= 1


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"facelab {__version__}\n"


def test_left_out(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("notes.txt", "a.heic", "b.TIFF"):
        (photo.parent / name).touch()
    shutil.copy(photo, photo.with_suffix(".jfif"))
    assert main([str(photo.parent), "--networks", "age"]) == 0
    said = capsys.readouterr()
    assert "left out: " in said.err
    assert "other files 1" in said.err
    assert "pictures of other formats 2" in said.err
    assert len(said.out.splitlines()) == 2


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(f"facelab {example}" in said for example in ("photo.jpg", "photos --out faces.csv", "serve"))

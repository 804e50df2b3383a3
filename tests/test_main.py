"""The command line: a line of JSON for each file."""

import json
from pathlib import Path

import pytest
from PIL import Image as Pillow
from skimage.data import astronaut

from facelab.__main__ import main


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "föto 1.png"
    Pillow.fromarray(astronaut()).save(file)
    return file


def test_a_line_for_each_file(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(photo), str(photo)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in lines] == [str(photo)] * 2
    assert len(lines[0]["faces"]) == 1


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

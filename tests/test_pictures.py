"""Which files are meant, and where they are drawn."""

import os
from collections import Counter
from pathlib import Path

import pytest

from facelab.errors import RequestError
from facelab.pictures import Picture, check_drawn, pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.jpg", "a.JPG", "c/d.png", "c/e.webp", "notes.txt", ".hidden.jpg", ".trash/f.gif", "drawn/b.jpg"):
        file = tmp_path / "photos" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path / "photos"


def test_a_folders_pictures_sorted_each_once(folder: Path) -> None:
    found = pictures([folder / "c/e.webp", folder, folder / "notes.txt", folder])
    names = ["c/e.webp", "a.JPG", "b.jpg", "c/d.png", "drawn/b.jpg", "notes.txt"]
    assert [picture.file for picture in found] == [folder / name for name in names]


def test_each_is_drawn_under_its_own_name_and_drawings_are_no_pictures(folder: Path) -> None:
    found = pictures([folder, folder / "notes.txt"], folder / "drawn")
    drawn = ["a.JPG", "b.jpg", "c/d.png", "c/e.webp", "notes.txt.jpg"]
    assert [picture.drawn for picture in found] == [folder / "drawn" / name for name in drawn]


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"\.jpg.* were expected in .*, none is there"):
        pictures([tmp_path])


@pytest.mark.parametrize(("paths", "message"), [(["", "b.jpg", "c"], ""), (["b.jpg", "drawn/b.jpg"], "two would be")])
def test_two_of_one_name(folder: Path, paths: list[str], message: str) -> None:
    wanted = [folder / path for path in paths]
    if not message:
        assert len(pictures(wanted, folder / "elsewhere")) == 5
        return
    with pytest.raises(RequestError, match=message):
        pictures(wanted, folder / "elsewhere")


def test_no_picture_is_drawn_over(folder: Path) -> None:
    with pytest.raises(RequestError, match="is one of the pictures"):
        pictures([folder / "b.jpg"], folder)


def test_no_file_is_drawn_over_but_what_the_run_itself_has_drawn(folder: Path) -> None:
    found = pictures([folder / "a.JPG", folder / "b.jpg"], folder / "drawn")
    with pytest.raises(RequestError, match=r"a new file was expected, .*drawn/b\.jpg exists"):
        check_drawn(found, {str(folder / "a.JPG")})
    check_drawn(found, {str(folder / "b.jpg")})


def test_a_folder_is_what_pictures_are_drawn_into(folder: Path) -> None:
    with pytest.raises(RequestError, match=r"a folder was expected for --draw, .*copy\.jpg came"):
        pictures([folder], folder / "copy.jpg")
    (folder / "2024.png").mkdir()
    assert len(pictures([folder], folder / "2024.png")) == 5


def test_paths_of_which_none_is_there(folder: Path) -> None:
    with pytest.raises(RequestError, match=r"were expected, there is no .*phtos"):
        pictures([folder / "phtos", folder / "nothing.jpg"])
    assert len(pictures([folder / "phtos", folder / "b.jpg"])) == 2


def test_what_is_left_out_is_counted(folder: Path) -> None:
    (folder / "c/film.mov").touch()
    (folder / "linked").symlink_to(folder / "c")
    os.mkfifo(folder / "pipe.jpg")
    left_out = Counter[str]()
    pictures([folder], left_out=left_out)
    assert left_out == {"other files": 2, "films": 1, "links to folders": 1}


def test_a_path_that_cannot_be_looked_at_is_an_error_of_its_own(folder: Path) -> None:
    long = folder / ("x" * 300 + ".jpg")
    assert [picture.file for picture in pictures([long, folder / "b.jpg"])] == [long, folder / "b.jpg"]


def test_a_name_that_is_no_text() -> None:
    assert Picture(file=Path("a\udcff.jpg")).name == "a\\xff.jpg"


def test_a_link_to_itself_is_a_picture_that_cannot_be_read(folder: Path) -> None:
    (folder / "loop.jpg").symlink_to("loop.jpg")
    assert "loop.jpg" in {picture.file.name for picture in pictures([folder], folder / "new")}

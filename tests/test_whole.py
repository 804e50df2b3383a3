"""What a file to write has to be named, and that it is there once it is whole."""

from collections.abc import Callable
from pathlib import Path

import pytest

from facelab import chart, tables, video
from facelab.errors import OutputError, RequestError
from facelab.whole import check_named, whole


@pytest.mark.parametrize(
    ("name", "suffixes"), [("FACES.CSV", tables.WRITERS), ("COPY.MP4", video.SUFFIXES), ("a.Png", chart.SUFFIXES)]
)
def test_a_name_in_capitals(tmp_path: Path, name: str, suffixes: tuple[str, ...]) -> None:
    check_named(tmp_path / name, "a file", suffixes)


@pytest.mark.parametrize("name", ["a.xyz", "a.avi", "a.mpg", "a.gif", "a"])
def test_a_film_of_a_kind_that_keeps_no_times(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError, match=rf"a film named \*\.m4v, .*\*\.webm was expected, .*{name} came"):
        check_named(tmp_path / name, "a film", video.SUFFIXES)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="nowhere is none"):
        check_named(tmp_path / "nowhere" / "a.csv", "a table", tables.WRITERS)


def test_what_a_kill_left_is_overwritten_what_breaks_off_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), whole(tmp_path / "a.csv") as new:
        new.with_name("absent").rename(new)
    assert list(tmp_path.iterdir()) == []
    new.write_text("of a run that was killed")
    with whole(tmp_path / "a.csv") as new, new.open("r+") as file:
        file.write("all")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["all"]


def test_one_run_at_a_time_writes_a_file(tmp_path: Path) -> None:
    with whole(tmp_path / "a.csv") as new:
        new.write_text("first")
        with pytest.raises(OutputError, match=r"another one writes .*a\.csv"), whole(tmp_path / "a.csv"):
            pass
    assert [file.read_text() for file in tmp_path.iterdir()] == ["first"]


@pytest.mark.parametrize("act", [lambda new, file: new.replace(file), lambda new, _: new.unlink()])
def test_a_file_that_another_run_just_gave_its_name(
    act: Callable[[Path, Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our opening it and locking it."""
    monkeypatch.setattr("fcntl.flock", lambda held, _: act(Path(held.name), tmp_path / "a.csv"))
    with pytest.raises(OutputError, match=r"another one writes .*a\.csv"), whole(tmp_path / "a.csv"):
        pass

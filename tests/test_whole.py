"""What a file to write has to be named."""

from pathlib import Path

import pytest

from facelab import chart, tables, video
from facelab.errors import RequestError
from facelab.whole import check_named


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

"""What is in the checkpoint is done; what was cut short is not."""

from pathlib import Path
from typing import Any

import pytest

from facelab.checkpoint import checkpoint
from facelab.errors import RequestError

ASKED = {"networks": ["age"], "whole": False}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The name of a table whose checkpoint has two pictures, the first with two faces."""
    table = tmp_path / "faces.csv"
    with checkpoint(table, ASKED) as begun:
        begun.add("a\n.jpg", [{"face": 1}, {"face": 2}])
        begun.add("b.jpg", [{"faces": 0}])
    return table


def part(table: Path) -> Path:
    return table.with_name("faces.csv.part")


def test_it_goes_on(table: Path) -> None:
    with checkpoint(table, ASKED) as begun:
        assert begun.done == {"a\n.jpg", "b.jpg"}
        begun.add("c.jpg", [{"face": 3}])
        assert list(begun.rows()) == [{"face": 1}, {"face": 2}, {"faces": 0}, {"face": 3}]


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_line_that_was_cut_short_is_dropped(table: Path, cut: int) -> None:
    part(table).write_bytes(part(table).read_bytes()[:-cut])
    with checkpoint(table, ASKED) as begun:
        assert begun.done == {"a\n.jpg"}
        begun.add("b.jpg", [{"faces": 0}])
    with checkpoint(table, ASKED) as begun:
        assert list(begun.rows()) == [{"face": 1}, {"face": 2}, {"faces": 0}]


def test_a_checkpoint_that_was_cut_short_in_its_first_line(table: Path) -> None:
    part(table).write_bytes(part(table).read_bytes()[:9])
    with checkpoint(table, ASKED) as begun:
        assert begun.done == set()


@pytest.mark.parametrize("other", [{"networks": ["age"], "whole": True}, {}])
def test_other_options(table: Path, other: dict[str, Any]) -> None:
    with (
        pytest.raises(RequestError, match=r"with other options or networks: .*whole False"),
        checkpoint(table, other),
    ):
        pass


@pytest.mark.parametrize("line", [b"\0\0\0\n", b"{}\n", b"[]\n"])
def test_a_damaged_line(table: Path, line: bytes) -> None:
    part(table).write_bytes(part(table).read_bytes() + line)
    with pytest.raises(RequestError, match="damaged, remove it"), checkpoint(table, ASKED):
        pass


def test_what_is_drawn_is_noted_before(table: Path) -> None:
    with checkpoint(table, ASKED) as begun:
        begun.draw("c.jpg")
        assert list(begun.rows()) == [{"face": 1}, {"face": 2}, {"faces": 0}]
    with checkpoint(table, ASKED) as begun:
        assert (begun.drawn, begun.done) == ({"c.jpg"}, {"a\n.jpg", "b.jpg"})


def test_of_a_run_that_does_nothing_nothing_is_left(tmp_path: Path) -> None:
    with checkpoint(tmp_path / "new.csv", ASKED):
        pass
    assert not list(tmp_path.iterdir())


def test_one_run_at_a_time(table: Path) -> None:
    with checkpoint(table, ASKED), pytest.raises(RequestError, match="another one writes"), checkpoint(table, ASKED):
        pass

"""Runs are kept as they come, and a table is one of Markdown."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from training.datasets import DatasetError
from training.runs import append, check_same, kept, markdown


def read(row: Mapping[str, str]) -> tuple[str, float]:
    return row["name"], float(row["figure"])


def test_runs_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "new" / "runs.csv"
    assert kept(file, read) == {}
    append(file, {"name": "a, b", "figure": 0.5})
    append(file, {"name": "c", "figure": 1})
    assert file.read_text().splitlines() == ["name,figure", '"a, b",0.5', "c,1"]
    assert kept(file, read) == {"a, b": 0.5, "c": 1}


def test_a_run_without_its_figure(tmp_path: Path) -> None:
    append(tmp_path / "runs.csv", {"name": "c", "figure": None})
    with pytest.raises(DatasetError, match=r"runs\.csv: a run and its figures were expected"):
        kept(tmp_path / "runs.csv", read)


def test_markdown() -> None:
    assert markdown(["", "a"], ["x", "1"], ["y", "2"]) == "|  | a |\n| --- | --- |\n| x | 1 |\n| y | 2 |"


def test_a_file_that_was_left_empty_gets_its_head(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").touch()
    append(tmp_path / "runs.csv", {"name": "c", "figure": 1})
    assert (tmp_path / "runs.csv").read_text() == "name,figure\nc,1\n"


def test_runs_of_something_else_are_not_mixed_with_them(tmp_path: Path) -> None:
    file = tmp_path / "new" / "runs.csv"
    check_same(file, "one")
    check_same(file, "one")
    with pytest.raises(DatasetError, match=r"runs\.csv has runs of other faces"):
        check_same(file, "another")

"""Rows are kept as they come, and a table is one of Markdown."""

from pathlib import Path

from training.runs import append, markdown, rows


def test_rows_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "new" / "runs.csv"
    assert rows(file) == []
    append(file, {"name": "a, b", "figure": 0.5})
    append(file, {"name": "c", "figure": None})
    assert file.read_text().splitlines() == ["name,figure", '"a, b",0.5', "c,"]
    assert rows(file) == [{"name": "a, b", "figure": "0.5"}, {"name": "c", "figure": ""}]


def test_markdown() -> None:
    assert markdown(["", "a"], [["x", "1"], ["y", "2"]]) == "|  | a |\n| --- | --- |\n| x | 1 |\n| y | 2 |"

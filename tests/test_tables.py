"""CSV, JSON lines and Parquet say the same; what cannot be written is told before."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

from facelab import tables
from facelab.errors import OutputError, RequestError
from facelab.rows import Columns, Row

COLUMNS: Columns = {"file": str, "face": int, "left": float, "error": str}
ROWS: list[Row] = [
    {"file": 'a, "b"\nc ä.jpg', "face": 1, "left": -0.5},
    {"file": "bad.jpg", "error": "no picture"},
]
FULL = [{name: row.get(name) for name in COLUMNS} for row in ROWS]


def written(suffix: str, folder: Path) -> Path:
    table = folder / f"faces{suffix}"
    tables.check(table)
    tables.write(ROWS, COLUMNS, table)
    assert list(folder.iterdir()) == [table]
    return table


def test_csv(tmp_path: Path) -> None:
    with written(".csv", tmp_path).open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert found == [{name: "" if row[name] is None else str(row[name]) for name in COLUMNS} for row in FULL]


def test_jsonl(tmp_path: Path) -> None:
    lines = written(".jsonl", tmp_path).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == FULL


def test_parquet_in_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "GROUP", 1)
    file = parquet.ParquetFile(written(".parquet", tmp_path))
    assert file.num_row_groups == 2
    assert file.read().to_pylist() == FULL
    assert [str(kind) for kind in file.schema_arrow.types] == ["string", "int64", "double", "string"]


def test_a_table_that_breaks_off_is_not_there(tmp_path: Path) -> None:
    def rows() -> Iterator[Row]:
        yield ROWS[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tables.write(rows(), COLUMNS, tmp_path / "faces.csv")
    assert not (tmp_path / "faces.csv").exists()


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    table = tmp_path / "faces.csv"

    def rows() -> Iterator[Row]:
        table.write_text("mine")
        yield ROWS[0]

    with pytest.raises(OutputError, match=r"a new file was expected, .*faces\.csv came meanwhile"):
        tables.write(rows(), COLUMNS, table)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("faces.xls", r"\*\.csv, \*\.jsonl, \*\.parquet was expected"),
        ("faces.parquet", r"pip install '.\[batch\]' in facelab's clone"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, name: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "find_spec", lambda _: None)
    with pytest.raises(RequestError, match=message):
        tables.check(tmp_path / name)

"""Rows become a file: CSV, JSON lines or Parquet. It is there only once it is whole."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from facelab.errors import RequestError
from facelab.rows import Columns, Row
from facelab.whole import check_named, whole

GROUP = 10_000  # rows of a Parquet row group


def check(table: Path) -> None:
    """Raises RequestError where a table cannot be written, before any work is done."""
    check_named(table, "a table", WRITERS)
    if table.suffix.lower() == ".parquet" and find_spec("pyarrow") is None:
        raise RequestError("Parquet takes pyarrow, which is missing: pip install '.[batch]' in facelab's clone")


def write(rows: Iterable[Row], columns: Columns, table: Path) -> None:
    with whole(table) as new:
        fill(rows, columns, new)


def fill(rows: Iterable[Row], columns: Columns, file: Path) -> None:
    """Write a table as its suffix says, over what is there."""
    WRITERS[file.suffix.lower()](rows, columns, file)


def _csv(rows: Iterable[Row], columns: Columns, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(columns))
        table.writeheader()
        table.writerows(rows)


def _jsonl(rows: Iterable[Row], columns: Columns, file: Path) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps({name: row.get(name) for name in columns}, ensure_ascii=False) + "\n")


def parquet(rows: Iterable[Row], columns: Columns, file: Path | BinaryIO) -> None:
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    types = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    waiting = iter(rows)
    with ParquetWriter(file, schema) as writer:
        while group := list(islice(waiting, GROUP)):
            writer.write_table(pyarrow.Table.from_pylist(group, schema))


WRITERS: Mapping[str, Callable[[Iterable[Row], Columns, Path], None]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": parquet,
}

"""A table in parts, and which pictures are in which.

| file | holds |
| --- | --- |
| `part-000-00000.parquet`, … | a shard: the rows of some pictures, with the columns of `facelab.rows` |
| `_facelab/pictures-000.parquet`, … | a list: the pictures that a run found and that no list before it has |

A shard's name tells its list and the place in it, so it always holds the same pictures: who makes it twice, after a
kill or beside somebody who was thought to be lost, makes the same file again. A list is never changed. Restarted, a run
makes the shards that are not there.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow
from pyarrow import parquet

from facelab import tables
from facelab.checkpoint import begun_otherwise
from facelab.errors import RequestError
from facelab.pictures import Place
from facelab.rows import Columns, Row
from facelab.stores import OURS, Folder, Found, named

LARGEST = 1000  # pictures of a shard: what a kill costs, a minute of a core
MARKS = b"facelab"
LISTS = re.compile(r"pictures-(\d+)\.parquet")
LIST = pyarrow.schema([("name", pyarrow.string()), ("file", pyarrow.binary())])


@dataclass(frozen=True, kw_only=True)
class Shard:
    name: str
    pictures: Sequence[Found]


def planned(out: Place, found: Sequence[Found], asked: Mapping[str, Any], workers: int) -> list[Shard]:
    """All shards of a table, new or begun before; a picture that is new since then goes into new ones.

    Raises RequestError where something else was asked of the table, or another folder's files are there.
    """
    folder = Folder(out)
    lists = {
        int(match[1]): folder.read(f"{OURS}/{name}") for name in folder.names(OURS) if (match := LISTS.fullmatch(name))
    }
    if not lists and folder.names():
        raise RequestError(f"a new folder or one of a run before was expected, {named(str(out))} has other files")
    shards = [shard for number, data in sorted(lists.items()) for shard in _shards(out, number, data, asked)]
    known = {picture.name for shard in shards for picture in shard.pictures}
    if new := [picture for picture in found if picture.name not in known]:
        data = _list(new, {"asked": asked, "size": _size(len(new), workers)})
        folder.write(f"{OURS}/pictures-{len(lists):03}.parquet", data)
        shards += _shards(out, len(lists), data, asked)
    return shards


def written(rows: Sequence[Row], columns: Columns) -> bytes:
    file = io.BytesIO()
    tables.parquet(rows, columns, file)
    return file.getvalue()


def rows_of(data: bytes) -> list[Row]:
    """The rows of a shard, each with what it has."""
    found = parquet.read_table(io.BytesIO(data)).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in found]


def _size(pictures: int, workers: int) -> int:
    """Pictures of a shard: each worker gets eight, so that all end at about the same time."""
    return max(1, min(LARGEST, pictures // (8 * workers)))


def _list(pictures: Sequence[Found], marks: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    columns = [[picture.name for picture in pictures], [picture.file for picture in pictures]]
    table = pyarrow.table(columns, LIST.with_metadata({MARKS: json.dumps(marks)}))
    parquet.write_table(table, file, compression="zstd")
    return file.getvalue()


def _shards(out: Place, number: int, data: bytes, asked: Mapping[str, Any]) -> Iterator[Shard]:
    """Those of a list. Raises RequestError where it is of another run."""
    table = parquet.read_table(io.BytesIO(data))
    marks = json.loads(table.schema.metadata[MARKS])
    if marks["asked"] != asked:
        raise RequestError(f"{named(begun_otherwise(out, marks['asked'], asked))}; take another --out")
    pictures = [Found(**row) for row in table.to_pylist()]
    for start in range(0, len(pictures), marks["size"]):
        name = f"part-{number:03}-{start // marks['size']:05}.parquet"
        yield Shard(name=name, pictures=pictures[start : start + marks["size"]])

"""What a kill leaves: the rows of the pictures that are done.

The checkpoint of a table lies beside it as TABLE.part: a line of JSON that says what was asked, then a line for each
picture with all its rows, and before that one with its name alone where it is drawn, too. A line that was cut short is
dropped, and its picture is done again.
"""

import fcntl
import json
import reprlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from facelab.errors import RequestError
from facelab.rows import Row


def path_of(table: Path) -> Path:
    """Where a table's checkpoint lies."""
    return table.with_name(table.name + ".part")


def begun_otherwise(place: object, before: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """Says in which of its options a run there was asked something else before."""
    keys = (key for key in {**before, **asked} if before.get(key) != asked.get(key))
    other = ", ".join(f"{key} {reprlib.repr(before.get(key))}" for key in keys)
    return f"{place} was begun with other options or networks: {other}"


@contextmanager
def checkpoint(table: Path, asked: Mapping[str, Any]) -> Iterator["Checkpoint"]:
    """A table's checkpoint, new or gone on with. One run at a time holds it.

    Nothing is left of one that was told nothing. Raises RequestError where another run does, or where something else
    was asked of it or it is damaged.
    """
    path = path_of(table)
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RequestError(f"one run for a table was expected, another one writes {path}") from None
        run = Checkpoint(path, file, dict(asked))
        try:
            yield run
        finally:
            if not (run.done or run.drawn):
                path.unlink(missing_ok=True)


class Checkpoint:
    """`done`: the names of the pictures in it; `drawn`: of those that were drawn, or were about to be."""

    def __init__(self, path: Path, file: BinaryIO, asked: dict[str, Any]) -> None:
        self.path, self._file = path, file
        self.done: set[str] = set()
        self.drawn: set[str] = set()
        try:
            self._go_on(asked)
        except (ValueError, KeyError, TypeError) as error:
            raise RequestError(f"{path} is damaged, remove it to begin anew: {error!r}") from None

    def draw(self, name: str) -> None:
        self._write({"drawn": name})
        self.drawn.add(name)

    def add(self, name: str, rows: list[Row]) -> None:
        self._write({"file": name, "rows": rows})
        self.done.add(name)

    def rows(self) -> Iterator[Row]:
        """All rows, in the order in which they came."""
        for line in self._lines():
            yield from line.get("rows", ())

    def _go_on(self, asked: dict[str, Any]) -> None:
        lines = self._lines()
        before = next(lines, None)
        if before is None:
            self._write(asked)
            return
        if not isinstance(before, dict):
            raise ValueError("its first line says nothing of what was asked")
        if before != asked:
            raise RequestError(f"{begun_otherwise(self.path, before, asked)}; remove it to begin anew")
        for line in lines:
            if "drawn" in line:
                self.drawn.add(line["drawn"])
            else:
                self.done.add(line["file"])

    def _lines(self) -> Iterator[Any]:
        """Every line that is whole; what a kill has cut short is taken off the file."""
        self._file.seek(0)
        whole = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                self._file.truncate(whole)
                break
            whole += len(line)
            yield json.loads(line)

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()

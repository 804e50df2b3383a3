"""What a person sees in a terminal: a table of faces, a bar of progress."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    track,
)
from rich.table import Column, Table
from rich.text import Text

from facelab.draw import words
from facelab.rows import Row
from facelab.types import Analysis

Thing = TypeVar("Thing")


def show(answers: Iterable[tuple[str, Analysis | str]], cards: Mapping[str, Mapping[str, Any]]) -> None:
    """Print a table with a row for each face and for each picture without one, and below it the errors (str)."""
    console, errors = Console(), []
    table = Table(Column("File", overflow="fold"), "Face", "Box", *(card["title"] for card in cards.values()))
    for name, answer in answers:
        if isinstance(answer, str):
            errors.append(Text(plain(f"{name}: {answer}")))
            continue
        for number, cells in enumerate(_cells(answer, cards), 1):
            table.add_row(*map(Text, (plain(name) if number == 1 else "", *cells)))
    if table.row_count:
        console.print(table)
    for error in errors:
        console.print(error, soft_wrap=True)


def plain(text: str) -> str:
    """What a terminal shows as it is: control characters, by which a file's name could steer it, are written out."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def watched(things: Sequence[Thing]) -> Iterable[Thing]:
    """The same, with a bar on standard error that goes when all are done."""
    return track(things, console=Console(stderr=True), transient=True, description="")


@contextmanager
def progress(total: int) -> Iterator[Callable[[int, Sequence[Row]], None]]:
    """A bar on standard error, if that is a terminal, which is told of pictures; bad files are named above it."""
    console = Console(stderr=True)
    with Progress(*_parts(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)

        def watch(done: int, rows: Sequence[Row]) -> None:
            bar.advance(task, done)
            for row in rows:
                if "error" in row:
                    console.print(Text(plain(f"facelab: {row['file']}: {row['error']}")), soft_wrap=True)

        yield watch


@contextmanager
def film_progress() -> Iterator[Callable[[float, float], None]]:
    """A bar of a film's seconds on standard error, if that is a terminal."""
    console = Console(stderr=True)
    with Progress(*_parts(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda time, seconds: bar.update(task, completed=time, total=seconds or None)


def _parts() -> tuple[ProgressColumn, ...]:
    return BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()


def _cells(answer: Analysis, networks: Iterable[str]) -> Iterator[list[str]]:
    if not answer.faces:
        yield ["", "no face"]
    for number, report in enumerate(answer.faces, 1):
        box = report.face.box
        place = f"{box.width:.0f}×{box.height:.0f} at {box.left:.0f}, {box.top:.0f}"
        yield [f"{number}", place, *(words(report.predictions[name]) for name in networks)]

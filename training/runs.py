"""The runs of an experiment: a row each in a CSV file, written as soon as it is made, and the table that shows them."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from training.datasets import DatasetError

Run = TypeVar("Run")
Figures = TypeVar("Figures")


def kept(file: Path, read: Callable[[Mapping[str, str]], tuple[Run, Figures]]) -> dict[Run, Figures]:
    """The runs of a file, as `read` makes them of its rows; none where there is no file.

    Raises DatasetError where it holds something else.
    """
    if not file.exists():
        return {}
    with file.open(newline="") as lines:
        try:
            return dict(map(read, csv.DictReader(lines)))
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"{file}: a run and its figures were expected in each row: {error!r}") from None


def check_same(file: Path, told: str) -> None:
    """Keep what the runs of a file are of, in a text beside it.

    Raises DatasetError where those that are there are of something else, with which a table would mix them.
    """
    beside = file.with_suffix(".txt")
    if beside.exists() and beside.read_text() != told:
        raise DatasetError(f"{file} has runs of other faces or of another recipe; remove {file.parent} to begin anew")
    beside.parent.mkdir(parents=True, exist_ok=True)
    beside.write_text(told)


def append(file: Path, row: Mapping[str, object]) -> None:
    """Add a row, which has the same columns in the same order as those that are there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = not file.exists() or not file.stat().st_size  # a run that was killed may have left it empty
    with file.open("a", newline="") as lines:
        table = csv.DictWriter(lines, list(row))
        if new:
            table.writeheader()
        table.writerow(row)


def markdown(head: Sequence[str], *lines: Sequence[str]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))

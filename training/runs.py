"""The runs of an experiment: a row each in a CSV file, written as soon as it is made, and the table that shows them."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path


def rows(file: Path) -> list[dict[str, str]]:
    """Those of a file, none where there is no file."""
    if not file.exists():
        return []
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def append(file: Path, row: Mapping[str, object]) -> None:
    """Add a row, which has the same columns in the same order as those that are there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = not file.exists()
    with file.open("a", newline="") as lines:
        table = csv.DictWriter(lines, list(row))
        if new:
            table.writeheader()
        table.writerow(row)


def markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))

"""Cards, which tell what a network is: read, in a language, and what their figures come to for people.

What a card says: `facelab.networks`.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from facelab.errors import ModelError


def read_card(path: Path) -> dict[str, Any]:
    """A card alone. Raises ModelError where it is missing or damaged."""
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        card["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the card {path} cannot be read: {error!r}") from None
    return card


def labels_of(output: Mapping[str, Any]) -> list[str]:
    """What a network may answer, by its card's `output`: classes, or ranges of years."""
    return list(output["labels"] if output["kind"] == "classes" else output["ranges"])


def in_language(card: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """A card with its words in a language, in English where it has none; its `language` tells which it is."""
    words = card.get("translations", {}).get(language)
    return {**card, **words, "language": language} if words else {**card, "language": "en"}


def figures_of(card: Mapping[str, Any]) -> dict[str, Any] | None:
    """A card's lowest and highest figures over the photographs it was tested on; None where there are none.

    `years` for a network with a mean error in years; of 100 faces, those on which it `agreed` with most people where
    they voted, and those that were `right` for the others; without copies of what was learnt where they were counted.
    """
    splits = [{**split, **split.get("without_copies", {})} for split in card["metrics"].values()]
    for kind, figure, factor in (("years", "mae_years", 1), ("agreed", "agreement", 100), ("right", "accuracy", 100)):
        if found := [factor * split[figure] for split in splits if figure in split]:
            return {"name": card["name"], "title": card["title"], kind: _span(found)}
    return None


def _span(values: list[float]) -> list[int]:
    """The lowest and the highest value, rounded; one where they are the same."""
    return sorted({round(min(values)), round(max(values))})


def found_by(card: Mapping[str, Any]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """A finder's recall by group, by what they are groups of ("width", "roll", …), as if it were `accuracy`."""
    kinds = [key for key in card["metrics"] if key.startswith("recall_by_")]
    return {
        kind.removeprefix("recall_by_"): {
            name: {**one, "accuracy": one["recall"]} for name, one in card["metrics"][kind].items()
        }
        for kind in kinds
    }


def by_number(groups: Iterable[str]) -> list[str]:
    """Groups' names, those that begin with a number by it."""

    def key(name: str) -> tuple[float, str]:
        number = re.match(r"\d+(\.\d+)?", name)
        return (float(number[0]) if number else math.inf, name)

    return sorted(groups, key=key)


def numbers(texts: Mapping[str, Any]) -> Callable[[str], str]:
    """What turns a number in English into one as the texts' language writes it."""
    marks = str.maketrans(texts["marks"])
    return lambda number: number.translate(marks)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Where a share found in `count` cases truly lies, 95 times in 100 (Wilson 1927, JASA 22, 209-212)."""
    z2 = 1.96**2
    middle, width = share + z2 / (2 * count), math.sqrt(z2 * (share * (1 - share) + z2 / (4 * count)) / count)
    return max(0.0, (middle - width) / (1 + z2 / count)), min(1.0, (middle + width) / (1 + z2 / count))

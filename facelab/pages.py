"""The pages for people, each in the languages there are texts for.

A language is a file in static/texts: the templates and the page's scripts take all words from there.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template, request, send_from_directory

SAMPLE = "probe.jpg"  # in the folder of the networks; see training.export
Texts = Mapping[str, Mapping[str, Any]]  # by language

pages = Blueprint("pages", __name__)


def init_app(app: Flask) -> None:
    """Adds the pages to an app whose `extensions["facelab"]` has the networks' cards."""
    static = Path(app.root_path, "static")
    texts = sorted((static / "texts").glob("*.json"))
    app.extensions["texts"] = {file.stem: json.loads(file.read_text("utf-8")) for file in texts}
    app.extensions["modules"] = sorted(file.name for file in static.glob("*.js") if file.name != "main.js")
    app.register_blueprint(pages)


@pages.get("/")
def page() -> Response:
    """The page: webcam or photographs."""
    figures = [figure for card in _cards() if (figure := figures_of(card))]
    return _rendered("index.html", figures=figures, modules=current_app.extensions["modules"])


@pages.get("/about")
def about() -> Response:
    """How well each network works, and for whom."""
    found = current_app.extensions["facelab"].finder
    finder = in_language(found, _language()) if found else None
    return _rendered(
        "about.html", finder=finder, found_by=found_by, in_order=in_order, measured=measured, wilson=wilson
    )


@pages.get("/docs")
def docs() -> Response:
    """The contract, to be read."""
    return _rendered("docs.html", api=current_app.extensions["openapi"])


@pages.get("/sample.jpg")
def sample() -> Response:
    """A photograph in the public domain, to try the page with."""
    return send_from_directory(Path(current_app.root_path, current_app.config["MODELS"]), SAMPLE)


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


def measured(card: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """A card's figures by the photographs it was tested on, the page's word for copies of them left out among these."""
    without = _texts()[_language()]["about"]["withoutCopies"]
    found: dict[str, Mapping[str, Any]] = {}
    for split, figures in card["metrics"].items():
        found[split] = figures
        if "without_copies" in figures:
            found[without.format(split=split)] = figures["without_copies"]
    return found


def found_by(card: Mapping[str, Any]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """A finder's recall by group, by what they are groups of ("width", "roll", …), as if it were `accuracy`."""
    kinds = [key for key in card["metrics"] if key.startswith("recall_by_")]
    return {
        kind.removeprefix("recall_by_"): {
            name: {**one, "accuracy": one["recall"]} for name, one in card["metrics"][kind].items()
        }
        for kind in kinds
    }


def in_order(groups: Iterable[str]) -> list[str]:
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


def in_language(card: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """A card with its words in a language, in English where it has none; its `language` tells which it is."""
    words = card.get("translations", {}).get(language)
    return {**card, **words, "language": language} if words else {**card, "language": "en"}


def _span(values: list[float]) -> list[int]:
    """The lowest and the highest value, rounded; one where they are the same."""
    return sorted({round(min(values)), round(max(values))})


def _rendered(template: str, **values: Any) -> Response:
    texts, language = _texts(), _language()
    values |= {"cards": _cards(), "texts": texts[language], "languages": texts, "number": numbers(texts[language])}
    response = Response(render_template(template, **values))
    response.content_language.add(language)
    response.vary.add("Accept-Language")
    return response


def _texts() -> Texts:
    return current_app.extensions["texts"]


def _language() -> str:
    """The language of ?lang=…, or else the browser's wish."""
    asked = request.args.get("lang", "")
    return asked if asked in _texts() else request.accept_languages.best_match(_texts()) or "en"


def _cards() -> list[Mapping[str, Any]]:
    """Networks that know classes first, then those that know years, in the page's language."""
    cards, language = current_app.extensions["facelab"].cards.values(), _language()
    return sorted((in_language(card, language) for card in cards), key=lambda card: card["output"]["kind"])

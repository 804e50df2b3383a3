"""The pages for people, each in the languages there are texts for.

A language is a file in static/texts: the templates and the page's scripts take all words from there.
"""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template, request, send_from_directory

SAMPLE = "probe.jpg"  # in the folder of the networks; see training.export
Texts = Mapping[str, Mapping[str, Any]]  # by language

pages = Blueprint("pages", __name__)


def init_app(app: Flask) -> None:
    """Adds the pages to an app whose `extensions["facelab"]` has the networks' cards."""
    folder = Path(app.root_path, "static", "texts")
    app.extensions["texts"] = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))}
    app.register_blueprint(pages)


@pages.get("/")
def page() -> Response:
    return _rendered("index.html", figures=[figure for card in _cards() if (figure := figures_of(card))])


@pages.get("/about")
def about() -> Response:
    return _rendered("about.html", in_order=in_order, wilson=wilson)


@pages.get("/sample.jpg")
def sample() -> Response:
    """A photograph in the public domain, to try the page with."""
    return send_from_directory(Path(current_app.root_path, current_app.config["MODELS"]), SAMPLE)


def figures_of(card: Mapping[str, Any]) -> dict[str, Any] | None:
    """A card's lowest and highest figures over the photographs it was tested on; None where there are none.

    `years` for a network with a mean error in years, `right` (of 100 faces) for the others.
    """
    splits = card["metrics"].values()
    years = [split["mae_years"] for split in splits if "mae_years" in split]
    right = [100 * split["accuracy"] for split in splits if "accuracy" in split]
    name = {"name": card["name"], "title": card["title"]}
    if years:
        return {**name, "years": _span(years)}
    return {**name, "right": _span(right)} if right else None


def in_order(groups: Iterable[str]) -> list[str]:
    """Groups' names, those that begin with a number (ages) by it."""

    def key(name: str) -> tuple[int, str]:
        digits = name.partition("-")[0].strip("+> ")
        return (int(digits) if digits.isdigit() else 1000, name)

    return sorted(groups, key=key)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Where a share found in `count` cases truly lies, 95 times in 100 (Wilson 1927, JASA 22, 209-212)."""
    z2 = 1.96**2
    middle, width = share + z2 / (2 * count), math.sqrt(z2 * (share * (1 - share) + z2 / (4 * count)) / count)
    return max(0.0, (middle - width) / (1 + z2 / count)), min(1.0, (middle + width) / (1 + z2 / count))


def title_of(texts: Mapping[str, Any], card: Mapping[str, Any]) -> str:
    """A network's title in a language, its card's own where the language has none."""
    return texts["titles"].get(card["name"], card["title"])


def _span(values: list[float]) -> list[int]:
    """The lowest and the highest value, rounded; one where they are the same."""
    return sorted({round(min(values)), round(max(values))})


def _rendered(template: str, **values: Any) -> Response:
    texts: Texts = current_app.extensions["texts"]
    language = _language(texts)
    page = render_template(template, cards=_cards(), texts=texts[language], languages=texts, titles=title_of, **values)
    response = Response(page)
    response.content_language.add(language)
    response.vary.add("Accept-Language")
    return response


def _language(texts: Texts) -> str:
    """The language of ?lang=…, or else the browser's wish."""
    asked = request.args.get("lang", "")
    return asked if asked in texts else request.accept_languages.best_match(texts) or "en"


def _cards() -> list[Mapping[str, Any]]:
    """Networks that know classes first, then those that know years."""
    cards = current_app.extensions["facelab"].cards.values()
    return sorted(cards, key=lambda card: card["output"]["kind"])

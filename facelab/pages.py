"""The pages for people, each in the languages there are texts for.

A language is a file in static/texts: the templates and the page's scripts take all words from there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template, request, send_from_directory

from facelab.cards import by_number, figures_of, found_by, in_language, numbers, wilson

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
        "about.html", finder=finder, found_by=found_by, by_number=by_number, measured=measured, wilson=wilson
    )


@pages.get("/docs")
def docs() -> Response:
    """The contract, to be read."""
    return _rendered("docs.html", api=current_app.extensions["openapi"])


@pages.get("/sample.jpg")
def sample() -> Response:
    """A photograph in the public domain, to try the page with."""
    return send_from_directory(Path(current_app.root_path, current_app.config["MODELS"]), SAMPLE)


def measured(card: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """A card's figures by the photographs it was tested on, the page's word for copies of them left out among these."""
    without = _texts()[_language()]["about"]["withoutCopies"]
    found: dict[str, Mapping[str, Any]] = {}
    for split, figures in card["metrics"].items():
        found[split] = figures
        if "without_copies" in figures:
            found[without.format(split=split)] = figures["without_copies"]
    return found


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

"""The words of the cards, in each language of the page."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from facelab.networks import FINDER
from tests.builders import FakeAnalyze
from training.__main__ import main
from training.cards import bilingual, names, words
from training.texts import Text, Words

MODELS = Path(__file__).parent.parent.parent / "models"


def texts(words: Words) -> Iterator[Text]:
    yield from (
        words["title"],
        words["use"],
        words["factors"],
        *words["data"].values(),
        *words["limits"],
        words["licence"],
    )


@pytest.mark.parametrize("name", names())
def test_every_text_has_its_spanish(name: str) -> None:
    found = list(texts(bilingual(name)))
    assert len(found) >= 6
    for text in found:
        assert text.en.strip()
        assert text.es.strip()
        assert text.en != text.es
        assert text.en.endswith(".") == text.es.endswith(".")


def test_a_card_is_english_with_translations() -> None:
    said = words("age")
    assert said["title"] == "Apparent age"
    assert said["limits"][2] == "Not fit to decide who is of age."
    spanish = said.pop("translations")["es"]
    assert spanish["title"] == "Edad aparente"
    assert spanish["limits"][2] == "No vale para decidir quién es mayor de edad."
    assert set(spanish["data"]) == set(said["data"])
    assert set(spanish) == set(said)


def test_cards_that_are_there_get_the_words(tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(MODELS, models)
    assert main(["reword", "--models", str(models)]) == 0
    cards = {name: json.loads((models / f"{name}.json").read_text("utf-8")) for name in names()}
    for name, card in cards.items():
        before = json.loads((MODELS / f"{name}.json").read_text("utf-8"))
        assert card == {**before, **words(name)}
    cards.pop(FINDER)  # which no page shows
    for path in ("/", "/about"):
        page = shown(cards, path)
        assert page.count(' lang="en"') == 1  # the link to the other language
        assert "Regulation" not in page


def test_a_folder_without_cards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reword", "--models", str(tmp_path)]) == 1
    assert f"were expected in {tmp_path}, none is there" in capsys.readouterr().err


def shown(cards: Mapping[str, dict[str, Any]], path: str) -> str:
    analyze = FakeAnalyze()
    analyze.cards = cards
    return create_app(None, analyze).test_client().get(f"{path}?lang=es").text

"""The pages for people: what they say, in which language, and how little they weigh."""

import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image as Pillow

from benchmarks.service import ROOT
from facelab.cards import by_number, figures_of, wilson
from facelab.faces import load_finder
from tests.builders import CARDS, MODELS, FakeAnalyze, measured

SPLIT = {"faces": 1500, "missed": 7, "accuracy": 0.684, "macro_f1": 0.6, "calibration_error": 0.02}
AGED = {**SPLIT, "mae_years": 6.4, "interval_coverage": 0.8}
GROUPS = {"accuracy_by_age": {"10-19": {"faces": 9, "accuracy": 0.5}, "3-9": {"faces": 8, "accuracy": 0.25}}}


@pytest.fixture
def analyze() -> FakeAnalyze:
    analyze = FakeAnalyze()
    analyze.cards = {
        "emotion": {**CARDS["emotion"], "metrics": {"a": {**SPLIT, **GROUPS}, "b": {**SPLIT, "accuracy": 0.92}}},
        "age": {**CARDS["age"], "metrics": {"c": AGED}, "data": {"C": "old photographs"}, "licence": "free"},
    }
    return analyze


@pytest.mark.parametrize("path", ["/", "/about", "/docs"])
def test_nothing_is_inline_and_nothing_foreign(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    assert "<script>" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert "https://" not in page


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_weighs_little(client: FlaskClient, language: str) -> None:
    """Less than 150 kB as it lies there, a third of that compressed; and the browser needs no build to read it."""
    assert client.application.static_folder is not None
    files = [file for file in Path(client.application.static_folder).rglob("*") if file.is_file()]
    loaded = [file for file in files if file.suffix != ".json" or file.stem == language]
    parts = [*(file.read_bytes() for file in loaded), client.get(f"/?lang={language}").data]
    assert len(files) - len(loaded) == 1
    assert sum(map(len, parts)) < 150_000
    assert sum(len(gzip.compress(part)) for part in parts) < 50_000


def test_every_module_is_announced(client: FlaskClient) -> None:
    """Else the browser would find some of them only after it has read others."""
    assert client.application.static_folder is not None
    modules = {file.name for file in Path(client.application.static_folder).glob("*.js")} - {"main.js"}
    page = client.get("/").text
    assert {name for name in modules if f'"modulepreload" href="/static/{name}"' not in page} == set()


@pytest.mark.parametrize(
    ("query", "wish", "language"),
    [
        ("", "", "en"),
        ("", "es-MX,es;q=0.9,en;q=0.8", "es"),
        ("", "fr", "en"),
        ("?lang=es", "en", "es"),
        ("?lang=en", "es", "en"),
        ("?lang=xx", "es", "es"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/about"])
def test_the_language_is_the_browsers_wish_or_the_switchs(
    client: FlaskClient, path: str, query: str, wish: str, language: str
) -> None:
    answer = client.get(path + query, headers={"Accept-Language": wish})
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]
    assert ("Expresión aparente" in answer.text) == (language == "es")


def test_a_card_speaks_the_pages_language_where_it_can(client: FlaskClient) -> None:
    page = client.get("/about?lang=es").text
    assert '<ul lang="es"><li>Aprendió de rostros posados.</li></ul>' in page
    assert '<ul lang="en"><li>Ages above 80 are rare in the data.</li></ul>' in page
    assert "Trained on posed faces." not in page


def test_the_contract_is_english_but_for_the_pages_words(client: FlaskClient) -> None:
    page = client.get("/docs?lang=es").text
    for words in ("Cuerpo", "lista de", "por nombre:", "no siempre está"):
        assert page.count(words) == page.count(f'<span lang="es">{words}</span>') > 0


def test_consent_has_the_cards_numbers(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "Apparent expression: right for 68 to 92 of 100 faces in tests" in page
    assert "Apparent age: off by 6 years on average" in page
    assert "AI Act, Art. 5(1)(f)" in page


def test_consent_tells_what_most_people_saw(client: FlaskClient, analyze: FakeAnalyze) -> None:
    analyze.cards = {"emotion": {**CARDS["emotion"], "metrics": {"a": {**SPLIT, "agreement": 0.853}}}}
    assert "Apparent expression: what most people saw, for 85 of 100 faces in tests" in client.get("/").text
    assert "Expresión aparente: lo que vio la mayoría, en 85 de 100" in client.get("/?lang=es").text


@pytest.mark.parametrize("file", sorted((ROOT / "static" / "texts").iterdir()), ids=lambda file: file.stem)
def test_no_text_hides_another(file: Path) -> None:
    """Of two of one name JSON takes the last, in silence."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    json.loads(file.read_text("utf-8"), object_pairs_hook=once)


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({}, None),
        ({"a": SPLIT}, {"right": [68]}),
        ({"a": SPLIT, "b": {**SPLIT, "accuracy": 0.5}}, {"right": [50, 68]}),
        ({"a": {**SPLIT, "agreement": 0.86}}, {"agreed": [86]}),
        ({"a": {**SPLIT, "agreement": 0.86, "without_copies": {"accuracy": 0.6, "agreement": 0.85}}}, {"agreed": [85]}),
        ({"a": {**SPLIT, "without_copies": {"accuracy": 0.6}}}, {"right": [60]}),
        ({"a": SPLIT, "b": {**AGED, "mae_years": 7.9}, "c": AGED}, {"years": [6, 8]}),
    ],
)
def test_figures(metrics: dict[str, Any], expected: dict[str, Any] | None) -> None:
    card = {"name": "n", "title": "t", "metrics": metrics}
    assert figures_of(card) == (expected and {"name": "n", "title": "t", **expected})


def test_about_tells_all_figures(client: FlaskClient) -> None:
    page = client.get("/about").text
    for text in ("68.4 %", "92.0 %", "1,500", "6.4", "80.0 %", "old photographs", "free", "Trained on posed faces."):
        assert text in page
    assert page.index("3-9") < page.index("10-19")  # by age, not by letter
    assert '<rect class="part" width="25.0"' in page


def test_about_writes_numbers_as_the_language_does(client: FlaskClient) -> None:
    page = client.get("/about?lang=es").text
    for text in ("68,4 %", "1\N{NO-BREAK SPACE}500", "6,4"):
        assert text in page
    assert not re.search(r">[\d ]+\.\d", page)


@pytest.fixture
def drawn(client: FlaskClient, analyze: FakeAnalyze) -> str:
    """The page of a network whose card has all figures that there are."""
    analyze.cards = {"emotion": {**CARDS["emotion"], "metrics": {"a": measured()}}}
    return client.get("/about?lang=es").text


def test_about_draws_what_was_taken_for_what(drawn: str) -> None:
    rows = re.findall(r'<tr><th scope="row">(enfado|alegría)</th>(.*)</tr>', drawn)
    cells = {label: re.findall(r"<td(?: class=\"(.*?)\")?>(.*?)</td>", row) for label, row in rows}
    assert cells == {
        "enfado": [("tenth-8", "80"), ("tenth-0", "0"), ("tenth-2", "20"), ("", "5")],
        "alegría": [("tenth-2", "20"), ("tenth-8", "80"), ("tenth-0", "0"), ("", "15")],
    }


def test_about_draws_how_far_scores_are_right(drawn: str) -> None:
    dots = re.findall(r'<circle cx="(.*?)" cy="(.*?)" r="(.*?)"/>', drawn)
    assert dots == [("55.0", "100.0", "3.3"), ("70.0", "0.0", "3.7"), ("95.0", "0.0", "5.6")]
    assert "55,0 % → 0,0 %, 70,0 % → 100,0 %, 95,0 % → 100,0 %" in drawn


def test_about_draws_how_sure_the_accuracy_is(drawn: str) -> None:
    assert "<td>80,0 %</td><td>58,4–91,9</td>" in drawn
    assert '<path class="sure" d="M58.4 4H91.9"/>' in drawn


def test_about_tells_of_agreement_where_people_voted(client: FlaskClient, analyze: FakeAnalyze) -> None:
    assert "Agreement" not in client.get("/about").text
    output = {**CARDS["emotion"]["output"], "heads": ["votes", "label"]}
    fewer = {"faces": 9, "accuracy": 0.6, "macro_f1": 0.5, "agreement": 0.853}
    splits = {"a": {**measured(), "agreement": 0.877, "without_copies": fewer}, "without votes": measured()}
    analyze.cards = {"emotion": {**CARDS["emotion"], "output": output, "metrics": splits}}
    page = client.get("/about").text
    assert '<th scope="row">a, without copies of what it learnt</th>' in page
    assert "<td>85.3 %</td>" in page
    assert '<th scope="col">Agreement</th>' in page
    assert "<td>87.7 %</td>" in page
    assert "<td>–</td>" in page
    assert "Several people voted" in page


@pytest.mark.parametrize(
    ("right", "of", "interval"),
    # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_wilson(right: int, of: int, interval: tuple[float, float]) -> None:
    assert wilson(right / of, of) == pytest.approx(interval, abs=1e-4)


def test_about_without_figures(client: FlaskClient, analyze: FakeAnalyze) -> None:
    analyze.cards = CARDS
    assert "No figures were measured yet" in client.get("/about").text


def test_about_tells_of_the_finder_where_it_is_a_network(client: FlaskClient, analyze: FakeAnalyze) -> None:
    assert 'id="finder"' not in client.get("/about").text
    analyze.finder = load_finder(MODELS).card
    assert analyze.finder
    page, found = client.get("/about").text, analyze.finder["metrics"]
    for recall in (found["recall"], found["recall_by_race"]["Black"], found["recall_by_width"]["80–160"]):
        assert f"{100 * recall['recall']:.1f} %" in page
    for text in ("Found by width in pixels", "Found by group", str(found["false_alarms_per_1000"])):
        assert text in page
    assert analyze.finder["limits"][1] in page


def test_groups_by_number() -> None:
    assert by_number(["more than 70", "10-19", "3-9", "0-2", "70+"]) == ["0-2", "3-9", "10-19", "70+", "more than 70"]
    assert by_number(["0.5–9", "0.15–0.3", "0–0.15"]) == ["0–0.15", "0.15–0.3", "0.5–9"]
    assert by_number(["White", "Black"]) == ["Black", "White"]
    assert by_number(["46+, male", "46+, female", "1-15, male"]) == ["1-15, male", "46+, female", "46+, male"]


def test_the_sample_is_a_photograph(client: FlaskClient) -> None:
    with client.get("/sample.jpg") as answer:
        assert answer.content_type == "image/jpeg"
        assert Pillow.open(io.BytesIO(answer.data)).format == "JPEG"


def test_a_folder_without_sample(client: FlaskClient, tmp_path: Path) -> None:
    client.application.config["MODELS"] = str(tmp_path)
    answer = client.get("/sample.jpg")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"

"""The README's tables say what the cards and the last benchmark say, and its picture is there."""

import json
from pathlib import Path

import pytest
from PIL import Image as Pillow

from benchmarks.report import BEGIN, END, RESULTS, table
from facelab.networks import FINDER

ROOT = Path(__file__).parent.parent
CARDS = [json.loads(card.read_text()) for card in sorted((ROOT / "models").glob("*.json"))]
ROWS = [
    (card["name"], split, figures)
    for card in CARDS
    if card["name"] != FINDER
    for split, figures in card["metrics"].items()
]


@pytest.mark.parametrize(("name", "split", "figures"), ROWS, ids=[f"{name} {split}" for name, split, _ in ROWS])
def test_table_row(name: str, split: str, figures: dict[str, float]) -> None:
    shares = [f"{100 * figures[key]:.1f} %" for key in ("accuracy", "macro_f1", "calibration_error")]
    years = f"{figures['mae_years']:.1f} years" if "mae_years" in figures else ""
    agreement = f"{100 * figures['agreement']:.1f} %" if "agreement" in figures else ""
    columns = [name, split, f"{figures['faces']:,}", str(figures["missed"]), *shares, years, agreement]
    row = f"| {' | '.join(columns)} |"
    assert row.replace("  ", " ") in (ROOT / "README.md").read_text()


def test_what_a_look_alone_says() -> None:
    words = " ".join((ROOT / "README.md").read_text().split())
    single = {(name, split.split()[0]): figures["single"] for name, split, figures in ROWS if "single" in figures}
    shares = {key: f"{100 * figures['accuracy']:.1f}" for key, figures in single.items()}
    once = f"{100 * single['emotion', 'fer2013']['agreement']:.1f} %"
    assert f"asked once, it reaches an accuracy of {shares['emotion', 'fer2013']} %, an agreement of {once}" in words
    aaf, utkface, fairface = (shares["age", dataset] for dataset in ("aaf", "utkface", "fairface"))
    assert f"the latter alone is right in {aaf}, {utkface} and {fairface} %" in words
    aaf, utkface = (f"{single['age', dataset]['mae_years']:.1f}" for dataset in ("aaf", "utkface"))
    assert f"and wrong by {aaf} and {utkface} years" in words


def test_row_of_the_finder() -> None:
    (figures,) = [card["metrics"] for card in CARDS if card["name"] == FINDER]
    recalls = [figures["recall"], *(figures["recall_by_width"][band] for band in ("40–80", "80–160", "160–640"))]
    shares = " | ".join(f"{100 * one['recall']:.1f} %" for one in recalls)
    row = f"| facelab's network | {shares} | {figures['false_alarms_per_1000']:.1f} |"
    assert row in (ROOT / "README.md").read_text()


def test_what_was_measured() -> None:
    text = (ROOT / "README.md").read_text()
    said = text.partition(BEGIN)[2].partition(END)[0]
    assert said == (table(json.loads(RESULTS.read_text())) if RESULTS.exists() else "")


def test_it_opens_with_a_small_picture() -> None:
    *_, address = (ROOT / "README.md").read_text().split("\n")[2].rstrip(")").partition("](")
    with Pillow.open(ROOT / address) as picture:
        assert picture.width >= 1200
    assert (ROOT / address).stat().st_size < 150_000

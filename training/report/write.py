"""Writes the pages, in the order of model cards (Mitchell et al. 2019, arXiv 1810.03993).

What they say comes from the card `models` / NAME.json, the words of `training.cards`, and from what a training left in
`work`: NAME/history.csv, NAME/mistakes.json, ablate/runs.csv and compare/runs.csv, each where it is there.
"""

import base64
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader
from matplotlib.figure import Figure

from facelab.cards import by_number, found_by, numbers, read_card, wilson
from facelab.errors import ModelError
from facelab.home import home
from training import ablate, cards, compare, tasks
from training.report import charts, mistakes

VARIANTS = {  # of a split's figures
    "": "as served",
    "float32": "with 32-bit weights",
    "single": "asked once, without the mirror image or the second network",
    "without_copies": "without copies of training pictures",
}


class Drawing(NamedTuple):
    title: str
    note: str
    figure: Figure


class Experiment(NamedTuple):
    """`cells`: of a table, the head's first."""

    title: str
    note: str
    cells: Sequence[Sequence[str]]


class Groups(NamedTuple):
    """`measure`: accuracy or recall. `found`: by the group's name, `faces` and the measure as `accuracy`."""

    title: str
    measure: str
    found: Mapping[str, Mapping[str, Any]]


def report(names: Sequence[str], models: Path, work: Path, out: Path, data: Path | None = None) -> list[Path]:
    """Write `out` / NAME.html and its figures NAME-….svg for the networks of `models` (no names: all).

    With `data`, the mistakes are sought first, in the split that validates each network. Raises ModelError where a card
    is missing, and DatasetError.
    """
    found = [models / f"{name}.json" for name in names] or sorted(models.glob("*.json"))
    if not found or not all(file.exists() for file in found):
        missing = [file.stem for file in found if not file.exists()] or ["networks"]
        raise ModelError(f"cards of {', '.join(missing)} were expected in {models}, none is there")
    out.mkdir(parents=True, exist_ok=True)
    return [_written(read_card(file), models, work, out, data) for file in found]


def _written(card: dict[str, Any], models: Path, work: Path, out: Path, data: Path | None) -> Path:
    name, wrong = card["name"], work / card["name"] / "mistakes.json"
    if data and name in tasks.names():
        mistakes.save(mistakes.hardest(tasks.task(name), data, models), wrong, sums(card, models))
    ended = (work / name / "model.keras").exists()
    epochs = history(work / name / "history.csv") if ended else []
    others, figures = compared_with(name, work), []
    drawn = drawings(card, epochs, mistakes.saved(wrong, sums(card, models)), others)
    for number, drawing in enumerate(drawn, 1):
        picture = charts.svg(drawing.figure)
        (out / f"{name}-{number}.svg").write_text(picture, encoding="utf-8")
        figures.append({"title": drawing.title, "note": drawing.note, "address": address(picture)})
    for number in count(len(figures) + 1):  # of a former report with more of them
        if not (left := out / f"{name}-{number}.svg").exists():
            break
        left.unlink()
    file = out / f"{name}.html"
    file.write_text(page(card, figures, list(experiments(name, work, others))), encoding="utf-8")
    return file


def sums(card: Mapping[str, Any], models: Path) -> str:
    """The sum of a network's file, and of its second one's, with the share that this has."""
    if not (second := card["output"].get("second")):
        return str(card["sha256"])
    return f"{card['sha256']} {read_card(models / f'{second}.json')['sha256']} {card['output']['second_share']}"


def page(card: Mapping[str, Any], figures: Sequence[Mapping[str, str]], tried: Sequence[Experiment]) -> str:
    """A network's page, which asks nothing of the network it is opened in."""
    folders = [home() / "templates", Path(__file__).parent]
    jinja = Environment(loader=FileSystemLoader(folders), autoescape=True, trim_blocks=True)
    words = cards.words(card["name"]) if card["name"] in cards.names() else {}
    texts = json.loads((home() / "static" / "texts" / "en.json").read_text(encoding="utf-8"))
    return jinja.get_template("page.html").render(
        card={**card, **words},
        splits=splits(card),
        groups=list(groups(card)),
        figures=figures,
        experiments=tried,
        compared=compared,
        texts=texts,
        style=(home() / "static" / "style.css").read_text(encoding="utf-8"),
        by_number=by_number,
        number=numbers(texts),
        wilson=wilson,
    )


def experiments(name: str, work: Path, others: Mapping[compare.Run, Mapping[str, float]]) -> Iterator[Experiment]:
    """What was tried beside a network, where runs of it are there."""
    plain = ablate.finished(work / "ablate" / "runs.csv") if name == "emotion" else {}
    if plain:
        title = "What landmarks, HOG and batch normalisation (BN) add to a plain network"
        yield Experiment(title, ablate.NOTE, ablate.table(plain))
    if others:
        yield Experiment("Networks of the field, trained alike", compare.note(others), compare.table(others))


def compared_with(name: str, work: Path) -> dict[compare.Run, dict[str, float]]:
    """The networks that were trained beside one."""
    return compare.of_task(name, compare.finished(work / "compare" / "runs.csv"))


def history(file: Path) -> list[dict[str, float]]:
    """A training's epochs, the last run's where there were several; none where there is no file."""
    epochs: dict[float, dict[str, float]] = {}
    if file.exists():
        with file.open(newline="") as rows:
            for row in csv.DictReader(rows):
                numbers = {key: float(value) for key, value in row.items()}
                if numbers["epoch"] == 0:
                    epochs.clear()
                epochs[numbers["epoch"]] = numbers
    return list(epochs.values())


def splits(card: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured on each split; the finder, which finds what others judge, has none."""
    return {name: found for name, found in card["metrics"].items() if isinstance(found, dict) and "accuracy" in found}


def compared(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """A split's figures and those of its variants, by what they are called."""
    return {title: found[key] if key else found for key, title in VARIANTS.items() if not key or key in found}


def groups(card: Mapping[str, Any]) -> Iterator[Groups]:
    """All figures by subgroup."""
    for split, found in splits(card).items():
        for key in (key for key in found if key.startswith("accuracy_by_")):
            yield Groups(f"By {key.removeprefix('accuracy_by_').replace('_', ' ')}, {split}", "Accuracy", found[key])
    for kind, its in found_by(card).items():
        yield Groups(f"By {kind}", "Recall", its)


def drawings(
    card: Mapping[str, Any],
    epochs: Sequence[Mapping[str, float]],
    wrong: Sequence[mistakes.Mistake],
    others: Mapping[compare.Run, Mapping[str, float]],
) -> Iterator[Drawing]:
    """All figures that there is something to draw for."""
    if epochs:
        yield Drawing("Training", "What the training reached after each epoch.", charts.curves(epochs))
    for split, found in splits(card).items():
        if "confusion" in found:
            truth = "what more voters saw than anything else" if "heads" in card["output"] else "the label in the data"
            note = f"Faces by {truth} (row) and the answer (column)."
            yield Drawing(f"What was taken for what, {split}", note, charts.confusion(found["confusion"]))
        if found.get("reliability"):
            note = "On the line, scores are as high as the share of right answers. Strokes: 95 % intervals."
            yield Drawing(f"Calibration, {split}", note, charts.reliability(found["reliability"]))
        if "accuracy_by_age_and_gender" in found:
            note = "Points: the share of right answers. Strokes: 95 % intervals."
            chart = charts.groups(found["accuracy_by_age_and_gender"])
            yield Drawing(f"By age and gender, {split}", note, chart)
    if others:
        note = "Networks of the field, trained alike; joined where one was tried on crops of several sizes."
        yield Drawing("Accuracy and time", note, charts.costs(others))
    if wrong:
        note = "Landmarks of the faces that were judged wrongly with the highest scores, aligned by eyes and mouth."
        yield Drawing(f"Hardest mistakes, {' '.join(card['training']['validation'])}", note, charts.faces(wrong))


def address(picture: str) -> str:
    """An SVG as a page may hold it."""
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"

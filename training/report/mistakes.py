"""The wrong answers that a network was surest of: labels, score and landmarks, no pixels and no names."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from facelab import features
from facelab.cards import read_card
from facelab.faces import FaceFinder, load_finder
from facelab.whole import whole
from training.datasets import DatasetError, load
from training.evaluate import ask
from training.figures import Outcome, outcomes, served
from training.prepare import largest_face
from training.recipes import HEAD_FRAME
from training.task import Task

SHOWN = 12
FRAME = {"size": 100, **HEAD_FRAME}


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """`landmarks`: dlib's 68 as (x, y) of an aligned crop of 100 pixels."""

    truth: str
    label: str
    score: float
    landmarks: list[list[float]]


def hardest(task: Task, data: Path, models: Path) -> list[Mistake]:
    """Those of the split that validates a network of `models`, the surest first. Raises DatasetError or ModelError."""
    dataset, split = task.recipe.validation
    output = read_card(models / f"{task.name}.json")["output"]
    found = outcomes(served(ask(task, dataset, split, data, models, models).answers, output), output)
    wrong = [one for one in found if one.label not in (None, one.truth)]
    finder = load_finder(models)
    return [_drawn(finder, one) for one in sorted(wrong, key=lambda one: -one.score)[:SHOWN]]


def _drawn(finder: FaceFinder, wrong: Outcome) -> Mistake:
    image = load(wrong.sample)
    face = largest_face(finder, wrong.sample, image)
    if face is None or wrong.label is None:
        raise DatasetError(f"{wrong.sample.name}: the face that was found before was expected, none came")
    _, landmarks = features.cropped(image, replace(face, whole=False), FRAME)
    places = landmarks.astype(float).round(1).tolist()
    return Mistake(truth=wrong.truth, label=wrong.label, score=round(wrong.score, 4), landmarks=places)


def save(mistakes: list[Mistake], file: Path, sha256: str) -> None:
    """Write the mistakes of the network that has this sum, or of two that have these."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole(file, replace=True) as new:
        new.write_text(json.dumps({"sha256": sha256, "mistakes": [asdict(one) for one in mistakes]}))


def saved(file: Path, sha256: str) -> list[Mistake]:
    """Those of a file, none where there is no file or where they are another network's."""
    found = json.loads(file.read_text()) if file.exists() else {}
    return [Mistake(**one) for one in found["mistakes"]] if found.get("sha256") == sha256 else []

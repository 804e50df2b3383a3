"""Whether the service is alive, and whether its networks answer as their cards say."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, current_app

from facelab.errors import FacelabError, NotReady
from facelab.types import Analyze, FaceReport, all_cards

TOLERANCE = 0.03  # of a score, or of a box's width: processors round differently

health = Blueprint("health", __name__)


def init_app(app: Flask, analyze: Analyze) -> None:
    """Asks every network, and the finder where it is one, for its probe, once. Its MODELS is set."""
    app.extensions["faults"] = faults(analyze, Path(app.root_path, app.config["MODELS"]))
    app.register_blueprint(health)


@health.get("/healthz")
def healthz() -> dict[str, str]:
    """The service is alive."""
    return {"status": "ok"}


@health.get("/readyz")
def readyz() -> dict[str, str]:
    """The networks are loaded, and each answered its card's probe as it says when the service started."""
    if found := current_app.extensions["faults"]:
        raise NotReady("; ".join(found))
    return {"status": "ready"}


def faults(analyze: Analyze, folder: Path) -> list[str]:
    """A sentence for every network that does not answer as its probe says. A card without a probe has no fault."""
    cards = all_cards(analyze)
    found = (_fault(analyze, name, card["probe"], folder) for name, card in cards.items() if "probe" in card)
    return [fault for fault in found if fault]


def _fault(analyze: Analyze, name: str, probe: Mapping[str, Any], folder: Path) -> str | None:
    try:
        faces = analyze(Path(folder, probe["picture"]).read_bytes(), networks=[name] if "scores" in probe else []).faces
    except (FacelabError, OSError) as error:
        return f"{name}: an answer to {probe['picture']} was expected, {error}"
    if not faces:
        return f"{name}: a face in {probe['picture']} was expected, none was found"
    said = faces[0].predictions.get(name)
    wrong = _misjudged(said.scores if said else {}, probe["scores"]) if "scores" in probe else _misplaced(faces, probe)
    return f"{name}: {wrong[0]} was expected of {probe['picture']}, {wrong[1]} came" if wrong else None


def _misjudged(scores: Mapping[str, float], expected: Mapping[str, float]) -> tuple[str, Any] | None:
    """A label with the score that it should have, and the one that it has."""
    for label, score in expected.items():
        if abs(scores.get(label, 0.0) - score) > TOLERANCE:
            return f"{label} {score}", scores.get(label)
    return None


def _misplaced(faces: Sequence[FaceReport], probe: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """The boxes (left, top, right, bottom) that there should be, and those that there are."""
    boxes = [list(astuple(report.face.box)) for report in faces]
    pairs = zip(boxes, probe["boxes"], strict=False)
    near = all(abs(a - b) <= TOLERANCE * (box[2] - box[0]) for box, its in pairs for a, b in zip(box, its, strict=True))
    return None if near and len(boxes) == len(probe["boxes"]) else (probe["boxes"], boxes)

"""Whether the service is alive, and whether its networks answer as their cards say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, current_app

from facelab.errors import FacelabError, NotReady
from facelab.types import Analyze

TOLERANCE = 0.03  # of a score: processors round differently

health = Blueprint("health", __name__)


def init_app(app: Flask, analyze: Analyze) -> None:
    """Asks every network for its probe, once. Its MODELS is set."""
    app.extensions["faults"] = faults(analyze, Path(app.root_path, app.config["MODELS"]))
    app.register_blueprint(health)


@health.get("/healthz")
def healthz() -> dict[str, str]:
    """The service is alive."""
    return {"status": "ok"}


@health.get("/readyz")
def readyz() -> dict[str, str]:
    """The networks are loaded, and each gave the scores of its card's probe when the service started."""
    if found := current_app.extensions["faults"]:
        raise NotReady("; ".join(found))
    return {"status": "ready"}


def faults(analyze: Analyze, folder: Path) -> list[str]:
    """A sentence for every network that does not give its probe's scores. A card without a probe has no fault."""
    probes = {name: card["probe"] for name, card in analyze.cards.items() if "probe" in card}
    found = (_fault(analyze, name, probe, folder) for name, probe in probes.items())
    return [fault for fault in found if fault]


def _fault(analyze: Analyze, name: str, probe: Mapping[str, Any], folder: Path) -> str | None:
    try:
        faces = analyze(Path(folder, probe["picture"]).read_bytes(), networks=[name]).faces
    except (FacelabError, OSError) as error:
        return f"{name}: an answer to {probe['picture']} was expected, {error}"
    if not faces:
        return f"{name}: a face in {probe['picture']} was expected, none was found"
    said = faces[0].predictions.get(name)
    scores = said.scores if said else {}
    for label, expected in probe["scores"].items():
        if abs(scores.get(label, 0.0) - expected) > TOLERANCE:
            return f"{name}: {label} {expected} was expected of {probe['picture']}, {scores.get(label)} came"
    return None

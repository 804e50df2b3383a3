"""From the trained finder to `models/finder.tflite` and its card.

The card's `inputs`: `width` and `height` of the windows the network takes. Its `output`: the score from which on a
cell is a `candidate`, the one from which on it is `sure` to be a face without a second look, the `threshold` of the
score after that, and the `overlap` (intersection over union) from which on two boxes are one face.
"""

import hashlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from facelab.images import decode
from facelab.networks import FINDER
from training.cards import words
from training.datasets import DatasetError
from training.export import PROBE, check_backend, convert, deliver, probe, restored, write_card
from training.finder import fit
from training.finder.measure import FRAME, measure
from training.finder.measure import network as served
from training.finder.network import network
from training.finder.stock import Stock

CANDIDATE, OVERLAP = 0.3, 0.4
# From `sure` on nothing is looked at twice. It and `threshold` are the lowest scores at which so few of so many scenes
# without a face show one: the hundred pictures that they are made of are few; others fool it several times as often.
ALARMS, SCENES, SEED = {"sure": 0, "threshold": 2}, 4000, 11


def export(data: Path, work: Path, backgrounds: Path, models: Path) -> dict[str, Any]:
    """Write `models` / finder.tflite and finder.json from `work` / finder / model.keras; answers the card.

    The thresholds are chosen on scenes without a face, then all is measured on scenes of other backgrounds; neither
    were learnt from. Raises DatasetError.
    """
    check_backend()
    model = trained(work / FINDER / "model.keras")
    probe(models)
    known = work / FINDER / fit.STOCK
    if known.exists() and known.read_text() != Stock(data, work / "labels", backgrounds, "train").digest():
        raise DatasetError(f"{backgrounds}, {data} and the labels were expected as the finder has learnt from them")
    val, test = (Stock(data, work / "labels", backgrounds, part) for part in ("val", "test"))
    draft = work / FINDER / "export"
    draft.mkdir(exist_ok=True)
    convert(model, draft / f"{FINDER}.tflite")
    card = drafted(draft)
    for name, alarms in ALARMS.items():
        card["output"][name] = level(draft, val, alarms)
        write_card(card, draft)
    card["metrics"] = measure(test, {"network": served(draft).rows})["network"]
    card["probe"] = {"picture": PROBE, "boxes": probed(draft, models)}
    write_card(card, draft)
    deliver(FINDER, draft, models)
    return card


def trained(file: Path) -> keras.Model:
    """The trained network in float32, for windows of the served size."""
    return restored(file, "finder train", lambda: network(*fit.SIZES[0]))


def drafted(models: Path) -> dict[str, Any]:
    """A card that can be loaded, with which every candidate is a face."""
    file = (models / f"{FINDER}.tflite").read_bytes()
    width, height = fit.SIZES[0]
    card = {
        "name": FINDER,
        "sha256": hashlib.sha256(file).hexdigest(),
        "bytes": len(file),
        "inputs": {"width": width, "height": height},
        "output": {"kind": "faces", "candidate": CANDIDATE, "sure": 0.0, "threshold": 0.0, "overlap": OVERLAP},
        "training": {
            "sizes": fit.SIZES,
            "epochs": fit.EPOCHS,
            "batches": fit.BATCHES,
            "batch": fit.BATCH,
            "learning_rate": fit.LEARNING_RATE,
            "weight_decay": fit.WEIGHT_DECAY,
            "seed": fit.SEED,
        },
        **words(FINDER),
    }
    write_card(card, models)
    return card


def level(models: Path, stock: Stock, alarms: int) -> float:
    """The lowest score, in hundredths, that at most `alarms` of SCENES scenes without a face reach with their best.

    Raises DatasetError where that is none: then a background seems to show a face.
    """
    detector, rng = served(models), np.random.default_rng(SEED)
    scenes = (stock.scene(rng, FRAME, faces=0)[0] for _ in range(SCENES))
    best = sorted(float(max(detector.rows(scene)[:, 0], default=0.0)) for scene in scenes)
    if (found := np.floor(100 * best[-1 - alarms] + 1) / 100) >= 1:
        raise DatasetError(f"backgrounds without a face were expected, in some the score is {best[-1]:.2f}")
    return round(float(max(found, CANDIDATE)), 2)


def probed(draft: Path, models: Path) -> list[list[float]]:
    """The boxes (left, top, right, bottom) that a finder of `draft` sees in the probe picture, largest first."""
    boxes = served(draft).rows(decode(probe(models)))[:, 1:5].astype(float)
    return boxes[np.argsort(-np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))].round(1).tolist()

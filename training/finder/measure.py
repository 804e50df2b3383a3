"""Measures finders side by side on held-back faces and backgrounds, set into frames of 640×480 pixels.

The truth is what the teacher saw in the photograph before it was set into a scene, so the teacher, where it is
measured too, has an advantage. A face is found where a box overlaps its own by MATCH (intersection over union).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from facelab.detectors import ClassicalDetector
from facelab.features import Floats
from facelab.finder import NetworkDetector, load_network_detector, overlaps
from facelab.networks import FINDER
from facelab.types import Box, Image
from training.finder import teacher
from training.finder.scenes import Rng, roll, scene, yaw
from training.finder.stock import Stock

FRAME = (640, 480)
SCENES, EMPTY, ALONE = 1500, 2000, 150  # scenes as they are learnt from, without a face, with one of each race
MATCH = 0.35
LEAST = 40  # pixels of a face's width, where nothing else is said
SEED = 7
BANDS: Mapping[str, Sequence[float]] = {
    "width": (26, 32, 40, 80, 160, 640),  # pixels
    "roll": (0, 10, 20, 30, 181),  # degrees
    "yaw": (0, 0.15, 0.3, 0.5, 99),  # see training.finder.scenes
    "brightness": (0, 30, 60, 120, 256),  # mean gray of the box
    "faces": (1, 2, 4, 99),  # in the frame
}

Finder: TypeAlias = Callable[[Image], Floats]  # rows: score, box, five points (NaN where the finder has none)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A face in a scene: its place in each of BANDS, and for each finder that saw it the error of its points.

    Errors are the mean of five over the distance of the eyes.
    """

    places: Mapping[str, float]
    errors: Mapping[str, float]
    race: str = ""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What the finders made of a scene: its faces, the boxes that are none, the seconds each took."""

    truths: Sequence[Truth]
    false: Mapping[str, int]
    seconds: Mapping[str, float]


def measure(stock: Stock, finders: Mapping[str, Finder], scenes: int = SCENES, alone: int = ALONE) -> dict[str, Any]:
    """The figures of every finder, by its name; `scenes`: such as are learnt from; a third more have no face."""
    rng = np.random.default_rng(SEED)
    crowds = [trial(finders, *stock.scene(rng, FRAME)) for _ in range(scenes)]
    empty = [trial(finders, *stock.scene(rng, FRAME, faces=0)) for _ in range(scenes * EMPTY // SCENES)]
    raced = [truth for race in stock.races for truth in faces_of(finders, stock, race, rng, alone)]
    return {name: figures(name, crowds, empty, raced) for name in finders}


def network(models: Path) -> NetworkDetector:
    return load_network_detector(models / f"{FINDER}.json")


def everyone(models: Path, file: Path) -> dict[str, Finder]:
    """facelab's two finders, the classical detectors one by one, and the teacher of a file at two sizes."""
    classical, small = ClassicalDetector(), (FRAME[0] // 2, FRAME[1] // 2)
    half, full = (teacher.detector(file, size) for size in (small, FRAME))  # one of both would be set up at every call
    return {
        "network": network(models).rows,
        "dlib, then Haar": lambda image: rows_of([found.box for found in classical(image)]),
        "dlib HOG": lambda image: rows_of(classical.dlib_boxes(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))),
        "Haar alt2": lambda image: rows_of(classical.haar_boxes(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))),
        "YuNet, 320 px": lambda image: (
            teacher.faces(half, cv2.resize(image, small, interpolation=cv2.INTER_AREA))
            * np.array([1, *[2] * 14], np.float32)
        ),
        "YuNet, 640 px": lambda image: teacher.faces(full, image),
    }


def trial(finders: Mapping[str, Finder], image: Image, faces: Floats, race: str = "") -> Trial:
    """One scene, shown to every finder."""
    found, seconds = {}, {}
    for name, find in finders.items():
        start = time.perf_counter()
        found[name] = find(image)
        seconds[name] = time.perf_counter() - start
    hits = {name: matched(faces, rows) for name, rows in found.items()}
    truths = [
        Truth(
            places=places(image, face, len(faces)),
            errors={name: error(face, found[name][hit[number]]) for name, hit in hits.items() if number in hit},
            race=race,
        )
        for number, face in enumerate(faces)
    ]
    return Trial(truths=truths, false={name: len(found[name]) - len(hits[name]) for name in finders}, seconds=seconds)


def faces_of(finders: Mapping[str, Finder], stock: Stock, race: str, rng: Rng, count: int) -> list[Truth]:
    """Faces of one of FairFace's races, each alone in a frame."""
    found: list[Truth] = []
    while len(found) < count:
        photograph, (face, *_) = stock.photograph(rng, "fairface", race)  # of whose faces the largest has the label
        drawn = scene(rng, FRAME, [(photograph, face[None])], stock.background(rng), [])
        found += trial(finders, *drawn, race).truths
    return found


def matched(faces: Floats, rows: Floats) -> dict[int, int]:
    """The row that each face is found by, best overlap first, each used once."""
    shared = np.array([overlaps(face[:4], rows[:, 1:5]) for face in faces]).reshape(len(faces), len(rows))
    pairs: dict[int, int] = {}
    for face, row in zip(*np.unravel_index(np.argsort(-shared, axis=None), shared.shape), strict=True):
        if shared[face, row] >= MATCH and face not in pairs and row not in pairs.values():
            pairs[int(face)] = int(row)
    return pairs


def places(image: Image, face: Floats, faces: int) -> dict[str, float]:
    left, top, right, bottom = np.maximum(face[:4], 0).astype(int)
    return {
        "width": float(face[2] - face[0]),
        "roll": abs(float(np.degrees(roll(face)))),
        "yaw": yaw(face),
        "brightness": float(image[top : bottom + 1, left : right + 1].mean()),
        "faces": faces,
    }


def error(face: Floats, row: Floats) -> float:
    """The mean distance of five points, over that of the eyes, which turned heads have close together."""
    truth, points = face[4:].reshape(5, 2), row[5:].reshape(5, 2)
    distance = max(float(np.linalg.norm(truth[1] - truth[0])), float(face[2] - face[0]) / 4)
    return float(np.linalg.norm(points - truth, axis=1).mean()) / distance


def rows_of(boxes: Sequence[Box]) -> Floats:
    rows = np.full((len(boxes), 15), np.nan, np.float32)
    rows[:, 0] = 1
    rows[:, 1:5] = np.reshape([(box.left, box.top, box.right, box.bottom) for box in boxes], (-1, 4))
    return rows


def figures(name: str, crowds: Sequence[Trial], empty: Sequence[Trial], raced: Sequence[Truth]) -> dict[str, Any]:
    """One finder's figures. Faces under LEAST pixels count in `recall_by_width` and `precision` only."""
    everyone = [truth for one in crowds for truth in one.truths]
    large = [truth for truth in everyone if truth.places["width"] >= LEAST]
    found, false = sum(name in truth.errors for truth in everyone), sum(one.false[name] for one in crowds)
    answer = {
        "recall": recall(large, name),
        **{f"recall_by_{band}": banded(everyone if band == "width" else large, band, name) for band in BANDS},
        "recall_by_race": {
            race: recall([truth for truth in raced if truth.race == race and truth.places["width"] >= LEAST], name)
            for race in sorted({truth.race for truth in raced if truth.places["width"] >= LEAST})
        },
        "precision": round(found / max(found + false, 1), 4),
        "false_alarms_per_1000": round(1000 * sum(one.false[name] for one in empty) / len(empty), 2),
        "ms": round(1000 * float(np.median([one.seconds[name] for one in crowds])), 2),
    }
    errors = [truth.errors[name] for truth in large if name in truth.errors]
    return {**answer, "points_error": round(float(np.mean(errors)), 4)} if np.isfinite(errors).any() else answer


def banded(truths: Sequence[Truth], band: str, name: str) -> dict[str, dict[str, float]]:
    """Recall in each band that has faces, with their number."""
    bands = {
        f"{low:g}–{high:g}": [truth for truth in truths if low <= truth.places[band] < high]
        for low, high in pairwise(BANDS[band])
    }
    return {title: recall(some, name) for title, some in bands.items() if some}


def recall(truths: Sequence[Truth], name: str) -> dict[str, float]:
    found = sum(name in truth.errors for truth in truths)
    return {"faces": len(truths), "recall": round(found / len(truths), 4) if truths else 0.0}

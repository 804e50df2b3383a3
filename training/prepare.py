"""Finds every face once and keeps its crop, so that an epoch reads arrays instead of photographs.

A prepared data set is a folder with `crops.npy` (N, side, side, 3) uint8, `landmarks.npy` (N, 68, 2)
float32 in crop pixels, and `samples.csv`, a row for each.
"""

import csv
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from facelab import features
from facelab.faces import FaceFinder, load_finder
from facelab.types import Face, Image
from training.datasets import DatasetError, Sample, loaded, read
from training.parallel import mapped
from training.recipes import FER2013_FRAME, HEAD_FRAME

COLUMNS = ("name", "splits", "emotion", "votes", "gender", "first_age", "last_age", "race")
# What is kept shows more than the networks see (a seventh more on each side): shifts and turns find picture there.
MARGIN = 1 / 7
FRAMES: Mapping[str, Mapping[str, Any]] = {
    "fer2013": {"size": 48, **FER2013_FRAME},
    "aaf": {"size": 160, **HEAD_FRAME},
    "utkface": {"size": 160, **HEAD_FRAME},
    "fairface": {"size": 160, **HEAD_FRAME},
}

log = logging.getLogger(__name__)


def largest_face(finder: FaceFinder, sample: Sample, image: Image) -> Face | None:
    """The face that a sample's label speaks of, or None where none is found.

    FER2013's pictures are crops as the network takes them; other tight crops are searched first.
    """
    if sample.dataset == "fer2013":
        return finder.whole(image)
    found = finder.find(image)
    if found:
        return found[0]
    return finder.whole(image) if sample.tight else None


def margin_of(dataset: str) -> float:
    """The share of a prepared crop's side that lies outside what the network sees, on each side."""
    return 0.0 if dataset == "fer2013" else MARGIN / (1 + 2 * MARGIN)


def prepare(dataset: str, folder: Path, target: Path, models: Path) -> None:
    """Write the prepared data set to `target` / `dataset`, with the finder of `models`.

    Raises DatasetError where the data are missing, or ModelError.
    """
    samples = read(dataset, folder)
    kept = mapped(partial(_crops, models), samples, dataset)
    if not kept:
        raise DatasetError(f"no face of {dataset} could be prepared from {folder}")
    log.info("%s: %d of %d faces kept", dataset, len(kept), len(samples))
    rows, crops, landmarks = zip(*kept, strict=True)
    _write(target / dataset, rows, np.stack(crops), np.stack(landmarks))


def _crops(models: Path, samples: Sequence[Sample]) -> list[tuple[Sample, Image, features.Floats]]:
    finder = load_finder(models)
    return [
        (sample, *kept_crop(image, face, sample.dataset))
        for sample, image in loaded(samples)
        if (face := largest_face(finder, sample, image))
    ]


def kept_crop(image: Image, face: Face, dataset: str) -> tuple[Image, features.Floats]:
    """The crop of a face that is kept, and its landmarks there."""
    matrix = kept_matrix(image, face, dataset)
    crop = features.warp(image, matrix, FRAMES[dataset]["size"])
    return crop, features.transformed(features.landmarks_of(face), matrix)


def kept_matrix(image: Image, face: Face, dataset: str) -> features.Matrix:
    """The map from a photograph into the crop that is kept: the network's frame inside its margin."""
    frame, margin = FRAMES[dataset], margin_of(dataset)
    matrix = features.crop_matrix(image, face, frame) * (1 - 2 * margin)
    matrix[:, 2] += frame["size"] * margin - margin
    return matrix


def _write(target: Path, samples: Sequence[Sample], crops: Image, landmarks: features.Floats) -> None:
    target.mkdir(parents=True, exist_ok=True)
    np.save(target / "crops.npy", crops)
    np.save(target / "landmarks.npy", landmarks)
    with (target / "samples.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows(_row(sample) for sample in samples)


def _row(sample: Sample) -> list[object]:
    votes = " ".join(map(str, sample.votes or ()))
    first, last = sample.ages or ("", "")
    splits = " ".join(sorted(sample.splits))
    return [sample.name, splits, sample.emotion, votes, sample.gender, first, last, sample.race]

"""Finds every face once and keeps its crop, so that an epoch reads arrays instead of photographs.

A prepared data set is a folder with `crops.npy` (N, side, side, 3) uint8, `landmarks.npy` (N, 68, 2)
float32 in crop pixels, and `samples.csv`, a row for each with a column for each kind of label.
"""

import csv
import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from facelab import features
from facelab.faces import FaceFinder, load_finder
from facelab.types import Face, Image
from facelab.whole import whole
from training import tasks
from training.datasets import DatasetError, Sample, loaded
from training.parallel import mapped

log = logging.getLogger(__name__)


def largest_face(finder: FaceFinder, sample: Sample, image: Image) -> Face | None:
    """The face that a sample's label speaks of, or None where none is found.

    FER2013's pictures are crops as the network takes them; other tight crops are searched first.
    """
    if sample.dataset == "fer2013":
        return finder.whole(image)
    found = next(finder.find(image), None)
    return finder.whole(image) if found is None and sample.tight else found


def prepare(dataset: str, folder: Path, target: Path, models: Path) -> None:
    """Write the prepared data set to `target` / `dataset`, with the finder of `models`.

    Raises DatasetError where the data are missing, or ModelError.
    """
    source = tasks.dataset(dataset)
    (target / dataset).mkdir(parents=True, exist_ok=True)  # can it be written?
    samples = list(source.read(folder))
    kept = mapped(partial(_crops, models, source.frame, source.margin), samples, dataset)
    if not kept:
        raise DatasetError(f"no face of {dataset} could be prepared from {folder}")
    log.info("%s: %d of %d faces kept", dataset, len(kept), len(samples))
    rows, crops, landmarks = zip(*kept, strict=True)
    _write(target / dataset, rows, crops, np.stack(landmarks))


def _crops(
    models: Path, frame: Mapping[str, Any], margin: float, samples: Sequence[Sample]
) -> list[tuple[Sample, Image, features.Floats]]:
    finder = load_finder(models)
    return [
        (sample, *kept_crop(image, face, frame, margin))
        for sample, image in loaded(samples)
        if (face := largest_face(finder, sample, image))
    ]


def kept_crop(image: Image, face: Face, frame: Mapping[str, Any], margin: float) -> tuple[Image, features.Floats]:
    """The crop of a face that is kept, the network's frame inside its margin, and the landmarks there."""
    matrix = features.crop_matrix(image, face, frame) * (1 - 2 * margin)
    matrix[:, 2] += frame["size"] * margin - margin
    crop = features.warp(image, matrix, (frame["size"], frame["size"]))
    return crop, features.transformed(features.landmarks_of(face), matrix)


def _write(target: Path, samples: Sequence[Sample], crops: Sequence[Image], landmarks: features.Floats) -> None:
    """Whole files beside the former ones first, so that a full disk loses nothing; then they take their place."""
    table, pictures, points = (target / name for name in ("samples.csv", "crops.npy", "landmarks.npy"))
    with ExitStack() as stack:  # whose files come in the other order: the table last, by which the others count
        new = {file: stack.enter_context(whole(file, replace=True)) for file in (table, pictures, points)}
        with new[table].open("w", newline="") as file:
            rows = [_row(sample) for sample in samples]
            writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
            writer.writeheader()
            writer.writerows(rows)
        with new[pictures].open("wb") as array:
            shape = (len(crops), *crops[0].shape)
            np.lib.format.write_array_header_1_0(array, {"descr": "|u1", "fortran_order": False, "shape": shape})
            for crop in crops:  # one by one: stacked in memory they would take it twice
                array.write(crop.tobytes())
        np.save(new[points], landmarks)
        for former in [table, *target.glob("[!.]*.npy")]:  # and what teachers said, of other rows
            former.unlink(missing_ok=True)


def _row(sample: Sample) -> dict[str, object]:
    first, last = sample.ages or ("", "")
    return {
        "name": sample.name,
        "splits": " ".join(sorted(sample.splits)),
        **sample.labels,
        "votes": " ".join(map(str, sample.votes or ())),
        "first_age": first,
        "last_age": last,
        "race": sample.race,
    }

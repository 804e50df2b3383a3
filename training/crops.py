"""What a network says of the prepared crops that a data set holds back, what that comes to, and how long it takes."""

import timeit
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from facelab.features import Floats
from training.datasets import Sample
from training.figures import Answer, measured
from training.sequence import Faces, Prepared
from training.task import Task

Judge: TypeAlias = Callable[[Floats], Floats]  # the crop (side, side, 3) in RGB, 0 to 255, to logits

CALLS = 50  # whose median is the time
KEYS = ("accuracy", "mae_years")


def figures(judge: Judge, task: Task, prepared: Path) -> dict[str, float]:
    """For each data set of the recipe DATASET_accuracy and, where ages are known, DATASET_mae_years.

    A face that was not found when the data were prepared counts neither as right nor as wrong.
    """
    output = {**task.recipe.output, "temperature": 1.0, "interval_tail": 0.1}
    found = {dataset: measured(answers(judge, task, prepared, dataset), output) for dataset in task.recipe.datasets}
    return {f"{dataset}_{key}": its[key] for dataset, its in found.items() for key in KEYS if key in its}


def answers(judge: Judge, task: Task, prepared: Path, dataset: str) -> list[Answer]:
    """What is said of each face of the split that the data set holds back. Raises DatasetError."""
    split, source = task.datasets[dataset].held_back, Prepared(prepared / dataset)
    faces = Faces(prepared, task, {dataset: (split, None)}, varied=False)
    crops = (crop for number in range(len(faces)) for crop in faces[number][0]["image"].astype(np.float32))
    held_back = [_sample(dataset, source.rows[number], task) for number in source.of_split(split)]
    return [(sample, judge(crop)) for sample, crop in zip(held_back, crops, strict=True)]


def _sample(dataset: str, row: Mapping[str, str], task: Task) -> Sample:
    return Sample(
        dataset=dataset,
        name=row["name"],
        splits=frozenset(row["splits"].split()),
        source="",
        truth=task.truth(row["name"], row) if task.label else None,
        ages=(int(row["first_age"]), int(row["last_age"])),
    )


def milliseconds(judge: Judge, side: int) -> float:
    """Of one face, with OpenCV on one thread: the median of many, after some that warm up."""
    crop, threads = np.zeros((side, side, 3), np.float32), cv2.getNumThreads()
    cv2.setNumThreads(1)
    times = timeit.repeat(lambda: judge(crop), number=1, repeat=CALLS + 5)
    cv2.setNumThreads(threads)
    return round(1000 * float(np.median(times[5:])), 2)

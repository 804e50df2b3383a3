"""Measures a shipped 8-bit model through facelab's own code, from the photograph to the prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from facelab import features
from facelab.cards import read_card
from facelab.faces import load_finder
from facelab.networks import load_network, together
from training import tasks
from training.copies import copies
from training.datasets import DatasetError, Sample, loaded, of_split
from training.figures import Answer, as_labelled, measured, range_of
from training.parallel import mapped
from training.prepare import largest_face
from training.task import Task

SHORT = ("faces", "accuracy", "macro_f1", "mae_years", "agreement", "agreement_faces")  # the figures of a variant


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A network's answers to a split.

    `single`: what it says alone at the first look, without the mirror image or the second network, where it has these.
    `copies`: the names of FER2013's faces that Training has too.
    """

    answers: Sequence[Answer]
    single: Sequence[Answer] = ()
    copies: frozenset[str] = frozenset()


def evaluate(
    network: str, dataset: str | None, data: Path, split: str | None, models: Path, finder: str = "network"
) -> dict[str, Any]:
    """The figures of one network on one split of one data set, with the finder `network` or `dlib`.

    None stands for the data set that validates it, and for the split that a data set holds back. Raises DatasetError or
    ModelError.
    """
    task = tasks.task(network)
    dataset = dataset or task.recipe.validation[0]
    if dataset not in task.datasets:
        raise DatasetError(f"{network} can be measured on {', '.join(task.datasets)}, not on {dataset!r}")
    split = split or task.datasets[dataset].held_back
    output = read_card(models / f"{network}.json")["output"]
    asked = ask(task, dataset, split, data, models, models, finder)
    return {
        "network": network,
        "dataset": dataset,
        "split": split,
        **reported(asked, output),
    }


def ask(task: Task, dataset: str, split: str, data: Path, folder: Path, models: Path, finder: str = "network") -> Asked:
    """What a network of `folder` answers to a split, with the finder of `models`. Raises DatasetError."""
    samples = list(task.datasets[dataset].read(data))
    chosen, title = told(of_split(samples, split), task), f"{task.name} on {dataset} {split}"
    found = mapped(partial(logits, task.name, folder, models, finder), chosen, title)
    training = [sample for sample in samples if "Training" in sample.splits - {split}]
    alone = any(first is not None for _, _, first in found)
    return Asked(
        answers=[(sample, answer) for sample, answer, _ in found],
        single=[(sample, first) for sample, _, first in found if alone],
        copies=copies(chosen, training) if dataset == "fer2013" else frozenset(),
    )


def told(samples: Sequence[Sample], task: Task) -> Sequence[Sample]:
    """Samples with the truth that a network is asked for. Raises DatasetError where one has none."""
    if task.label is None:
        for sample in samples:
            if sample.ages is None:
                raise DatasetError(f"{sample.name}: an age was expected, none came")
            ranges = as_labelled(sample, task.recipe.output)["ranges"]
            if len({range_of(age, ranges) for age in sample.ages}) > 1:
                expected = f"an age, or years of one of the ranges {', '.join(ranges)}, was expected"
                raise DatasetError(f"{sample.name}: {expected}, {sample.ages[0]} to {sample.ages[1]} came")
        return samples
    return [replace(sample, truth=task.truth(sample.name, sample.labels)) for sample in samples]


def logits(
    name: str, folder: Path, models: Path, finder: str, samples: Sequence[Sample]
) -> list[tuple[Sample, features.Floats | None, features.Floats | None]]:
    """Each readable sample, what a network of `folder` answers to the face in it, and what its first look alone says.

    None where the finder of `models` finds no face; crops may be taken whole, see `largest_face`. The latter is None,
    too, for a network that looks once and has no second one.
    """
    network, finding = load_network(folder / f"{name}.json"), load_finder(models, finder)
    second = network.card["output"].get("second")
    others = {second: load_network(models / f"{second}.json")} if second else {}
    answers: list[tuple[Sample, features.Floats | None, features.Floats | None]] = []
    for sample, image in loaded(samples):
        face = largest_face(finding, sample, image)
        if face is None:
            answers.append((sample, None, None))
            continue
        own = [network.logits(view) for view in features.views(image, face, network.card["inputs"])]
        its = {name: one.answer(features.views(image, face, one.card["inputs"])) for name, one in others.items()}
        answer = together(network.card, {**its, name: np.mean(own, axis=0)})
        answers.append((sample, answer, own[0] if others or len(own) > 1 else None))
    return answers


def reported(asked: Asked, output: Mapping[str, Any]) -> dict[str, Any]:
    """The figures (see `measured`), the calibration error before the card's temperature, and those of variants.

    `single`: see `Asked`. `without_copies`: of Training's pictures.
    """
    found = measured(asked.answers, output)
    bare = measured(asked.answers, {**output, "temperature": 1.0})
    found["calibration_error_before"] = bare["calibration_error"]
    if asked.single:
        found["single"] = short(asked.single, output)
    left = [answer for answer in asked.answers if answer[0].name not in asked.copies]
    if 0 < len(left) < len(asked.answers):
        found["without_copies"] = short(left, output)
    return found


def short(answers: Sequence[Answer], output: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that are worth a comparison."""
    found = measured(answers, output)
    return {key: found[key] for key in SHORT if key in found}

"""Measures a shipped 8-bit model through facelab's own code, from the photograph to the prediction."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from facelab import features
from facelab.errors import ModelError
from facelab.faces import load_finder
from facelab.features import Floats
from facelab.networks import calibrated, load_network, load_networks, prediction
from training.datasets import (
    AGE_RANGES,
    EMOTIONS,
    FAIRFACE_RANGES,
    GENDERS,
    DatasetError,
    Sample,
    loaded,
    of_split,
    read,
)
from training.parallel import mapped
from training.prepare import largest_face

Answer: TypeAlias = tuple[Sample, Floats | None]  # logits

LABELS = (*EMOTIONS, *GENDERS, *AGE_RANGES, *FAIRFACE_RANGES)  # the order of all there are
BINS = 15  # of the score, for its calibration
MEASURES = {"emotion": ("fer2013",), "gender": ("aaf", "utkface", "fairface"), "age": ("aaf", "utkface", "fairface")}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A sample's right label, the label and score given, and for a known age the years; None where missed."""

    sample: Sample
    truth: str
    label: str | None = None
    score: float = 0.0
    years: float | None = None
    inside: bool | None = None  # whether the interval holds the age


def evaluate(
    network: str, dataset: str, data: Path, split: str, models: Path, finder: str = "network"
) -> dict[str, Any]:
    """The figures of one network on one split of one data set, with the finder `network` or `dlib`.

    Raises DatasetError or ModelError.
    """
    if network not in MEASURES or dataset not in MEASURES[network]:
        raise DatasetError(f"{network} can be measured on {', '.join(MEASURES.get(network, ()))}, not on {dataset!r}")
    networks = load_networks(models)
    if network not in networks:
        raise ModelError(f"{models / network}.json was expected and is not there")
    samples = of_split(read(dataset, data), split)
    output = networks[network].card["output"]
    answers = mapped(partial(logits, network, models, models, finder), samples, f"{network} on {dataset} {split}")
    return {"network": network, "dataset": dataset, "split": split, **figures(outcomes(answers, output))}


def logits(name: str, folder: Path, models: Path, finder: str, samples: Sequence[Sample]) -> list[Answer]:
    """Each readable sample with the answer of a network of `folder` to the face that the finder of `models` finds.

    None where it finds none.
    """
    network, finding = load_network(folder / f"{name}.json"), load_finder(models, finder)
    spec, answers = network.card["inputs"], []
    for sample, image in loaded(samples):
        face = largest_face(finding, sample, image)
        answers.append((sample, network.logits(features.inputs(image, face, spec)) if face else None))
    return answers


def outcomes(answers: Iterable[Answer], output: Mapping[str, Any]) -> list[Outcome]:
    """Answers, calibrated as a card's `output` says, held against their labels."""
    return [outcome(sample, None if raw is None else calibrated(raw, output), output) for sample, raw in answers]


def outcome(sample: Sample, answer: Floats | None, output: Mapping[str, Any]) -> Outcome:
    """A distribution held against the sample's label. FairFace's ages are scored over its own nine ranges."""
    if output["kind"] == "years" and sample.dataset == "fairface":
        output = {**output, "ranges": FAIRFACE_RANGES}
    first, last = sample.ages or (0, 0)
    truth = range_of(first, output["ranges"]) if output["kind"] == "years" else sample.emotion or sample.gender or ""
    if answer is None:
        return Outcome(sample=sample, truth=truth)
    given = prediction(answer, output)
    years = given.years if first == last else None
    inside = given.interval[0] <= first <= given.interval[1] if given.interval and first == last else None
    return Outcome(sample=sample, truth=truth, label=given.label, score=given.score, years=years, inside=inside)


def range_of(age: int, ranges: Mapping[str, tuple[int, int]]) -> str:
    """The label of the range that holds an age."""
    return next(label for label, (first, last) in ranges.items() if first <= age <= last)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Accuracy and the rest. A missed face is a wrong answer, but has no years and no score."""
    if not outcomes:
        raise DatasetError("no picture of the split could be read")
    found = [one for one in outcomes if one.label is not None]
    answer: dict[str, Any] = {
        "faces": len(outcomes),
        "missed": len(outcomes) - len(found),
        "accuracy": accuracy(outcomes),
        "macro_f1": macro_f1(outcomes),
        "calibration_error": calibration_error(found),
    }
    aged = [(one, one.sample.ages[0]) for one in found if one.years is not None and one.sample.ages]
    if aged:
        answer["mae_years"] = _mean(abs((one.years or 0) - age) for one, age in aged)
        answer["interval_coverage"] = _mean(bool(one.inside) for one, _ in aged)
    if all(one.sample.gender == one.truth for one in outcomes):
        answer["accuracy_by_age"] = _by(outcomes, _age_group)
    if all(one.sample.race for one in outcomes):
        answer["accuracy_by_race"] = _by(outcomes, lambda sample: sample.race or "")
    return {**answer, "confusion": confusion(outcomes), "reliability": reliability(found)}


def accuracy(outcomes: Iterable[Outcome]) -> float:
    return _mean(one.label == one.truth for one in outcomes)


def macro_f1(outcomes: Sequence[Outcome]) -> float:
    """The mean over the labels that occur of 2·hits / (given + true)."""
    truths, given = [one.truth for one in outcomes], [one.label for one in outcomes]
    hits = [one.truth for one in outcomes if one.truth == one.label]
    return _mean(2 * hits.count(label) / (truths.count(label) + given.count(label)) for label in set(truths))


def confusion(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Of the labels that occur: a row of `counts` for each true one, a column for each given, and those `missed`."""
    pairs = Counter((one.truth, one.label) for one in outcomes)
    labels = [label for label in LABELS if any(label in pair for pair in pairs)]
    return {
        "labels": labels,
        "counts": [[pairs[truth, given] for given in labels] for truth in labels],
        "missed": [pairs[truth, None] for truth in labels],
    }


def calibration_error(found: Sequence[Outcome]) -> float:
    """Expected calibration error over 15 equal bins of the score (Guo et al. 2017, arXiv 1706.04599)."""
    gaps = [abs(sum(one.label == one.truth for one in some) - sum(one.score for one in some)) for some in _bins(found)]
    return round(float(sum(gaps)) / len(found), 4) if found else 0.0


def reliability(found: Sequence[Outcome]) -> list[dict[str, float]]:
    """The same bins, less the empty ones: how many faces, their mean score, and the share of right answers."""
    return [
        {"faces": len(some), "score": _mean(one.score for one in some), "accuracy": accuracy(some)}
        for some in _bins(found)
    ]


def _bins(found: Sequence[Outcome]) -> Iterator[list[Outcome]]:
    """The answers by score, from low to high, in equal bins of it that hold any."""
    binned: dict[int, list[Outcome]] = {}
    for one in found:
        binned.setdefault(min(int(one.score * BINS), BINS - 1), []).append(one)
    yield from (binned[number] for number in sorted(binned))


def _age_group(sample: Sample) -> str:
    ranges = FAIRFACE_RANGES if sample.dataset == "fairface" else AGE_RANGES
    return range_of(sample.ages[0] if sample.ages else 0, ranges)


def _by(outcomes: Sequence[Outcome], group: Callable[[Sample], str]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(group(one.sample), []).append(one)
    return {name: {"faces": len(groups[name]), "accuracy": accuracy(groups[name])} for name in sorted(groups)}


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 4)

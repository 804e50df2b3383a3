"""What answers come to, held against labels: accuracy, F1, calibration, and by whom it is how right."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from facelab.features import Floats
from facelab.networks import calibrated, prediction
from training.datasets import AGE_RANGES, FAIRFACE_RANGES, DatasetError, Sample, majority

Answer: TypeAlias = tuple[Sample, Floats | None]  # logits, None where no face was found

BINS = 15  # of the score, for its calibration


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A sample's right label, the label and score given, and for a known age the years; None where missed."""

    sample: Sample
    truth: str
    label: str | None = None
    score: float = 0.0
    years: float | None = None
    inside: bool | None = None  # whether the interval holds the age


def measured(answers: Sequence[Answer], output: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a network's answers, calibrated as its card's `output` says.

    Of a network with two heads, accuracy and F1 are those of the label's head against the label. `agreement` is
    the share of the `agreement_faces`, of which voters saw one expression more than anything else, where the served
    head says the same; calibration and confusion are the served head's against the voters too.
    """
    labels = in_order(output)
    found = figures(outcomes(of_label(answers, output), output), labels)
    by_votes = voted(answers) if "heads" in output else []
    if not by_votes:
        return found
    its = figures(outcomes(by_votes, output), labels)
    agreement = {"agreement": its["accuracy"], "agreement_faces": its["faces"]}
    return {**found, **agreement, **{key: its[key] for key in ("calibration_error", "confusion", "reliability")}}


def of_label(answers: Iterable[Answer], output: Mapping[str, Any]) -> list[Answer]:
    """The answers of a network's last head, which has learnt from the data set's label."""
    if "heads" not in output:
        return list(answers)
    return [(sample, raw if raw is None else raw[-len(output["labels"]) :]) for sample, raw in answers]


def voted(answers: Iterable[Answer]) -> list[Answer]:
    """The answers to faces of which voters saw one expression more than anything else, with that as their label."""
    return [(replace(sample, truth=label), raw) for sample, raw in answers if (label := majority(sample))]


def served(answers: Sequence[Answer], output: Mapping[str, Any]) -> Sequence[Answer]:
    """Those that the served head is held against: of one that learnt from votes, the voters' majority is the label."""
    return (voted(answers) if "heads" in output else []) or answers


def outcomes(answers: Iterable[Answer], output: Mapping[str, Any]) -> list[Outcome]:
    """Answers, calibrated as a card's `output` says, held against their labels."""
    return [outcome(sample, None if raw is None else calibrated(raw, output), output) for sample, raw in answers]


def outcome(sample: Sample, answer: Floats | None, output: Mapping[str, Any]) -> Outcome:
    """A distribution held against the sample's label."""
    output = as_labelled(sample, output)
    first, last = sample.ages or (0, 0)
    truth = range_of(first, output["ranges"]) if output["kind"] == "years" else sample.truth or ""
    if answer is None:
        return Outcome(sample=sample, truth=truth)
    given = prediction(answer, output)
    years = given.years if first == last else None
    inside = given.interval[0] <= first <= given.interval[1] if given.interval and first == last else None
    return Outcome(sample=sample, truth=truth, label=given.label, score=given.score, years=years, inside=inside)


def as_labelled(sample: Sample, output: Mapping[str, Any]) -> Mapping[str, Any]:
    """The output in the words of a sample's label: FairFace's ages are given, and scored, over its own nine ranges."""
    fairface = output["kind"] == "years" and sample.dataset == "fairface"
    return {**output, "ranges": FAIRFACE_RANGES} if fairface else output


def in_order(output: Mapping[str, Any]) -> list[str]:
    """All labels that its outcomes may have."""
    return list(output["labels"] if output["kind"] == "classes" else {**output["ranges"], **FAIRFACE_RANGES})


def range_of(age: int, ranges: Mapping[str, tuple[int, int]]) -> str:
    """The label of the range that holds an age."""
    return next(label for label, (first, last) in ranges.items() if first <= age <= last)


def figures(outcomes: Sequence[Outcome], labels: Sequence[str]) -> dict[str, Any]:
    """Accuracy and the rest; `labels`: in their order. A missed face is a wrong answer, without years and score."""
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
    return {**answer, **by_group(outcomes), "confusion": confusion(outcomes, labels), "reliability": reliability(found)}


def by_group(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Accuracy by what is known of all samples: age, age and gender, race."""
    samples, found = [one.sample for one in outcomes], {}
    if all(sample.ages for sample in samples):
        found["accuracy_by_age"] = _by(outcomes, _age_group)
        if all("gender" in sample.labels for sample in samples):
            found["accuracy_by_age_and_gender"] = _by(outcomes, _age_and_gender)
    if all(sample.race for sample in samples):
        found["accuracy_by_race"] = _by(outcomes, lambda sample: sample.race or "")
    return found


def accuracy(outcomes: Iterable[Outcome]) -> float:
    return _mean(one.label == one.truth for one in outcomes)


def macro_f1(outcomes: Sequence[Outcome]) -> float:
    """The mean over the labels that occur of 2·hits / (given + true)."""
    truths, given = [one.truth for one in outcomes], [one.label for one in outcomes]
    hits = [one.truth for one in outcomes if one.truth == one.label]
    return _mean(2 * hits.count(label) / (truths.count(label) + given.count(label)) for label in set(truths))


def confusion(outcomes: Sequence[Outcome], labels: Sequence[str]) -> dict[str, Any]:
    """Of the labels that occur: a row of `counts` for each true one, a column for each given, and those `missed`."""
    pairs = Counter((one.truth, one.label) for one in outcomes)
    labels = [label for label in labels if any(label in pair for pair in pairs)]
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


def _age_and_gender(sample: Sample) -> str:
    return f"{_age_group(sample)}, {sample.labels['gender']}"


def _by(outcomes: Sequence[Outcome], group: Callable[[Sample], str]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(group(one.sample), []).append(one)
    return {name: {"faces": len(groups[name]), "accuracy": accuracy(groups[name])} for name in sorted(groups)}


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 4)

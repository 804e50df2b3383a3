"""Figures, against hand-made outcomes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.builders import MODELS
from training import tasks
from training.copies import copies
from training.datasets import AGE_RANGES, EMOTIONS, GENDERS, DatasetError, Sample
from training.evaluate import Asked, evaluate, reported, told
from training.export import SECOND, calibration, renew
from training.figures import Answer, Outcome, calibration_error, figures, in_order, macro_f1, measured, outcome


def sample(**labels: Any) -> Sample:
    facts = {"dataset": "utkface", "name": "x", "splits": frozenset(["val"]), "source": Path("x"), **labels}
    return Sample(**facts)


def gendered(truth: str, label: str | None, score: float = 0.9, **labels: Any) -> Outcome:
    return Outcome(sample=sample(truth=truth, ages=(30, 30), **labels), truth=truth, label=label, score=score)


def test_an_age_that_is_not_known_is_no_truth() -> None:
    with pytest.raises(DatasetError, match="x: an age was expected, none came"):
        told([sample(ages=(3, 3)), sample()], tasks.task("age"))


def test_years_of_two_ranges_are_no_truth() -> None:
    within = [sample(ages=(26, 35)), sample(dataset="fairface", ages=(20, 29))]
    assert told(within, tasks.task("age")) == within
    with pytest.raises(DatasetError, match=r"x: an age, or years of one of the ranges 1-15, .*, 25 to 32 came"):
        told([sample(ages=(25, 32))], tasks.task("age"))


def test_an_interval_stays_where_no_age_is_known_exactly() -> None:
    answers = [(sample(ages=(26, 35)), np.eye(101, dtype=np.float32)[30])]
    assert calibration(answers, {**YEARS, "interval_tail": 0.123})["interval_tail"] == 0.123


def test_a_missed_face_is_a_wrong_answer() -> None:
    found = figures([gendered("male", "male"), gendered("male", None), gendered("female", "female")], GENDERS)
    assert (found["faces"], found["missed"]) == (3, 1)
    assert found["accuracy"] == pytest.approx(2 / 3, abs=1e-4)


def test_macro_f1() -> None:
    outcomes = [gendered(*pair) for pair in [("male", "male")] * 3 + [("male", "female"), ("female", "female")]]
    assert macro_f1(outcomes) == pytest.approx((6 / 7 + 2 / 3) / 2, abs=1e-4)


def test_calibration_error_is_the_gap_between_score_and_accuracy() -> None:
    outcomes = [gendered("male", "male", 0.8)] * 6 + [gendered("male", "female", 0.8)] * 4
    assert calibration_error(outcomes) == pytest.approx(0.2)
    assert calibration_error([]) == 0


def test_bins_of_the_score() -> None:
    outcomes = [gendered("male", "male", 0.99), gendered("male", "male", 1.0), gendered("male", "female", 0.52)]
    assert figures([*outcomes, gendered("male", None)], GENDERS)["reliability"] == [
        {"faces": 1, "score": 0.52, "accuracy": 0.0},
        {"faces": 2, "score": 0.995, "accuracy": 1.0},
    ]


def test_confusion_tells_what_was_taken_for_what() -> None:
    pairs = [("happy", "happy"), ("happy", "happy"), ("happy", "sad"), ("angry", "happy"), ("angry", None)]
    outcomes = [Outcome(sample=sample(truth=truth), truth=truth, label=label) for truth, label in pairs]
    assert figures(outcomes, EMOTIONS)["confusion"] == {
        "labels": ["angry", "happy", "sad"],
        "counts": [[0, 1, 0], [0, 2, 1], [0, 0, 0]],
        "missed": [1, 0, 0],
    }


def test_accuracy_by_age_gender_and_race() -> None:
    outcomes = [
        gendered("male", "male", race="Black", labels={"gender": "male"}),
        gendered("female", "male", race="White", labels={"gender": "female"}),
    ]
    found = figures(outcomes, GENDERS)
    assert found["accuracy_by_age_and_gender"] == {
        "26-35, female": {"faces": 1, "accuracy": 0.0},
        "26-35, male": {"faces": 1, "accuracy": 1.0},
    }
    assert found["accuracy_by_race"]["Black"] == {"faces": 1, "accuracy": 1.0}
    assert found["accuracy_by_race"]["White"] == {"faces": 1, "accuracy": 0.0}
    assert found["accuracy_by_age"] == {"26-35": {"faces": 2, "accuracy": 0.5}}


YEARS = {"kind": "years", "last": 100, "ranges": AGE_RANGES, "temperature": 1.0, "interval_tail": 0.1}


def test_years_are_held_against_a_known_age() -> None:
    certain = np.eye(101, dtype=np.float32)[30]
    outcomes = [outcome(sample(ages=(age, age)), certain, YEARS) for age in (30, 34, 40)]
    found = figures(outcomes, in_order(YEARS))
    assert found["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["mae_years"] == pytest.approx((0 + 4 + 10) / 3, abs=1e-4)
    assert found["interval_coverage"] == pytest.approx(1 / 3, abs=1e-4)


def test_fairfaces_ages_are_its_nine_ranges() -> None:
    one = outcome(sample(dataset="fairface", ages=(30, 39)), np.eye(101, dtype=np.float32)[38], YEARS)
    assert (one.truth, one.label) == ("30-39", "30-39")
    assert "mae_years" not in figures([one], in_order(YEARS))


def test_scores_are_calibrated_on_all_data_sets_together() -> None:
    """One in four of the answers that are given with all certainty is wrong, in years and in FairFace's ranges."""
    certain = 30 * np.eye(101, dtype=np.float32)[35]
    labels = [{"dataset": "aaf", "ages": (age, age)} for age in (30, 31, 32, 70)]
    labels += [{"dataset": "fairface", "ages": ages} for ages in ((30, 39), (30, 39), (30, 39), (3, 9))]
    answers = [(sample(**label), certain) for label in labels]
    output = calibration(answers, {**YEARS, "temperature": 1.0})
    found = {name: measured([one for one in answers if one[0].dataset == name], output) for name in ("aaf", "fairface")}
    assert output["temperature"] > 4
    assert found["aaf"]["calibration_error"] < 0.1
    assert found["fairface"]["calibration_error"] < 0.1


HEADS = {"kind": "classes", "labels": ["happy", "sad"], "heads": ["votes", "label"], "temperature": 1.0}


def voted_on(truth: str, votes: tuple[int, ...], logits: list[float]) -> Answer:
    return sample(dataset="fer2013", truth=truth, votes=votes), np.array(logits, np.float32)


def test_each_head_is_held_against_its_truth() -> None:
    happy, sad, torn = (1, 9, *[0] * 8), (1, 0, 0, 9, *[0] * 6), (5, 5, *[0] * 8)
    answers = [
        voted_on("happy", happy, [2, 0, 0, 1]),  # the votes' head is right, the label's is wrong
        voted_on("happy", sad, [2, 0, 1, 0]),  # the other way round
        voted_on("sad", torn, [2, 0, 0, 1]),  # no majority: only the label counts
    ]
    found = measured(answers, HEADS)
    assert (found["faces"], found["accuracy"]) == (3, pytest.approx(2 / 3, abs=1e-4))
    assert (found["agreement_faces"], found["agreement"]) == (2, 0.5)
    assert found["confusion"]["counts"] == [[1, 0], [1, 0]]
    assert sum(one["faces"] for one in found["reliability"]) == 2


def test_without_votes_the_label_is_all_there_is() -> None:
    found = measured([voted_on("happy", (), [0, 2, 2, 0])], HEADS)
    assert found["accuracy"] == 1
    assert "agreement" not in found


def test_variants() -> None:
    single = [voted_on("happy", (), [0, 0, 1, 0]), (sample(name="copy", truth="sad"), np.zeros(4, np.float32))]
    answers = [(one, raw + np.array([0, 0, 0, 2], np.float32)) for one, raw in single if raw is not None]
    found = reported(Asked(answers=answers, single=single, copies=frozenset(["copy"])), HEADS)
    assert found["accuracy"] == 0.5
    assert found["single"] == {"faces": 2, "accuracy": 0.5, "macro_f1": pytest.approx(1 / 3, abs=1e-4)}
    assert found["without_copies"] == {"faces": 1, "accuracy": 0.0, "macro_f1": 0.0}


def test_copies_are_known_in_other_light_and_in_a_mirror() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.uniform(20, 200, (16, 16)).repeat(3, axis=0).repeat(3, axis=1) for _ in range(3)]
    originals = [pixels("one", pictures[0]), pixels("two", pictures[1])]
    changed = [
        pixels("light", pictures[0] * 0.5 + 40),
        pixels("mirror", pictures[1][:, ::-1]),
        pixels("new", pictures[2]),
    ]
    assert copies(changed, originals) == {"light", "mirror"}
    assert copies(changed, []) == set()
    unreadable = sample(dataset="fer2013", name="short", source="1 2 3")
    assert copies([unreadable, *changed], [*originals, unreadable]) == {"light", "mirror"}


def pixels(name: str, picture: Any) -> Sample:
    return sample(dataset="fer2013", name=name, source=" ".join(map(str, picture.astype(int).ravel())))


def test_a_network_on_a_set_without_its_labels(data: Path) -> None:
    with pytest.raises(DatasetError, match="emotion can be measured on fer2013"):
        evaluate("emotion", "aaf", data, "val", MODELS)


def test_another_network_that_is_damaged_is_not_looked_at(data: Path, tmp_path: Path) -> None:
    for name in ("gender.json", "gender.tflite", "finder.json", "finder.tflite"):
        (tmp_path / name).symlink_to(MODELS / name)
    (tmp_path / "age.json").write_text('{"name": "a')
    assert evaluate("gender", "aaf", data, "val", tmp_path)["faces"] == 2


@pytest.mark.parametrize(
    ("network", "dataset", "split", "faces"),
    [("emotion", "fer2013", "PublicTest", 8), ("gender", "aaf", "val", 2), ("age", "fairface", "train", 27)],
)
def test_shipped_networks_on_made_data(data: Path, network: str, dataset: str, split: str, faces: int) -> None:
    found = evaluate(network, dataset, data, split, MODELS)
    assert {"network": network, "dataset": dataset, "split": split}.items() <= found.items()
    assert found["faces"] == faces
    assert found["missed"] == 0
    assert 0 <= found["accuracy"] <= 1
    assert sum(map(sum, found["confusion"]["counts"])) == sum(one["faces"] for one in found["reliability"]) == faces
    assert ("mae_years" in found) == (network == "age" and dataset != "fairface")


def test_what_is_renewed_keeps_its_own_output_and_takes_the_second_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.export.judged", lambda card, *_: card)
    for name in ("age.tflite", "probe.jpg"):
        (tmp_path / name).symlink_to(MODELS / name)
    card = json.loads((MODELS / "age.json").read_text())
    own = {key: value for key, value in card["output"].items() if key not in SECOND} | {"ranges": {"0-100": [0, 100]}}
    (tmp_path / "age.json").write_text(json.dumps({**card, "output": own}))
    wanted = {**own, "second": "gender", "second_share": tasks.task("age").recipe.output["second_share"]}
    assert renew("age", tmp_path, tmp_path)["output"] == wanted
    assert json.loads((tmp_path / "age.json").read_text())["output"] == wanted

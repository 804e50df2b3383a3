"""The comparison, on made data: runs are made once, all alike, and stand where they belong."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from tests.builders import MODELS
from tests.training import made
from tests.training.made import rows
from training.__main__ import main
from training.backbones import LEVI_HASSNER, NETWORKS
from training.compare import COLUMNS, PUBLISHED, RECIPE, Run, compare, finished, note, of_task, runs, table, task_of
from training.datasets import DatasetError
from training.prepare import prepare
from training.runs import markdown

pytestmark = pytest.mark.usefixtures("precision")
TINY: Mapping[str, Any] = {
    **RECIPE,
    "datasets": {"aaf": ("train", 4), "utkface": ("train", 2), "fairface": ("train", 2)},
    "epochs": 1,
    "batch": 4,
}
HEAD = "network,task,start,side,aaf_accuracy,aaf_mae_years,utkface_accuracy,utkface_mae_years,fairface_accuracy,ms,mb\n"


def run(network: str = "MobileNet V2", task: str = "gender", start: str = "random") -> Run:
    return Run(network=network, task=task, start=start)


@pytest.fixture(scope="module")
def prepared(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    for dataset in ("aaf", "utkface", "fairface"):
        prepare(dataset, data, folder, MODELS)
    return folder


def test_every_run_is_wanted_once() -> None:
    assert runs() == [run(network, task) for task in ("gender", "age") for network in NETWORKS]
    assert runs(["age", "age"]) == runs(["age"])
    assert runs(theirs=True)[:2] == [run(PUBLISHED, task, "their own") for task in ("gender", "age")]
    assert len(set(runs(theirs=True))) == 2 * (len(NETWORKS) + 1)
    assert runs(["age"], sides=[80, 96, 96])[-1] == Run(network="VGG16", task="age", start="random", side=96)
    assert len(runs(["age"], sides=[80, 96, 96])) == len(NETWORKS) + 1
    started = {one.network: one.start for one in runs(imagenet=True)}
    assert started == {**dict.fromkeys(NETWORKS, "ImageNet"), LEVI_HASSNER: "random"}


def test_all_learn_alike() -> None:
    learnt = [task_of(one) for one in runs()]
    assert len({one.name for one in learnt}) == len(learnt)
    assert learnt[-1].name == "age-levi-hassner-80-random"
    for task in ("gender", "age"):
        recipes = [one.recipe for one in learnt if one.name.startswith(task)]
        assert recipes == recipes[:1] * len(NETWORKS)


def test_what_vgg16_sees_comes_through_its_random_weights() -> None:
    gray = np.array([0, 255], np.float32)[:, None, None, None] * np.ones((80, 80, 3), np.float32)
    black, white = np.array(NETWORKS["VGG16"]({"frame": {"size": 80}}, 2, None)({"image": gray}))
    assert np.abs(white - black).max() > 0.05


def test_the_readme_shows_the_runs_that_were_made() -> None:
    found, readme = finished(MODELS.parent / "docs" / "comparison.csv"), (MODELS.parent / "README.md").read_text()
    assert set(found) == set(runs(theirs=True))
    for task in ("gender", "age"):
        assert markdown(*table(of_task(task, found))) in readme


def test_runs_are_kept_and_not_made_again(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = run(LEVI_HASSNER, "age")
    with monkeypatch.context() as ended:
        ended.setattr("training.compare.figures", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            compare(prepared, tmp_path, [wanted], recipe=TINY)
    monkeypatch.setattr("training.compare.train", Mock(side_effect=AssertionError))
    found = compare(prepared, tmp_path, [wanted], recipe=TINY)
    file, model = tmp_path / "runs.csv", tmp_path / "age-levi-hassner-80-random" / "model.tflite"
    assert set(found[wanted]) == set(COLUMNS)
    assert all(0 <= found[wanted][key] <= 1 for key in COLUMNS if key.endswith("accuracy"))
    assert found[wanted]["mb"] == round(model.stat().st_size / 1e6, 1)
    assert sorted(path.name for path in model.parent.iterdir()) == ["history.csv", "model.tflite"]

    assert finished(file) == found
    (row,) = rows(file)
    file.write_text(file.read_text().replace(f",{row['ms']},", ",0.123,"))
    assert compare(prepared, tmp_path, [wanted], recipe=TINY)[wanted]["ms"] == 0.123
    assert len(rows(file)) == 1


def test_what_was_published_is_measured_as_it_is(prepared: Path, tmp_path: Path) -> None:
    """It finds all answers alike, of which the first is "female"."""
    made.levi_hassner(tmp_path, "gender", scale=0)
    (wanted, *_) = runs(["gender"], theirs=True)
    found = compare(prepared, tmp_path, [wanted], tmp_path)[wanted]
    for dataset, split in (("aaf", "val"), ("utkface", "val"), ("fairface", "dev")):
        faces = [row for row in rows(prepared / dataset / "samples.csv") if split in row["splits"].split()]
        women = sum(row["gender"] == "female" for row in faces)
        assert found[f"{dataset}_accuracy"] == pytest.approx(women / len(faces), abs=1e-4)
    assert set(found) == {"aaf_accuracy", "utkface_accuracy", "fairface_accuracy", "ms", "mb"}
    assert finished(tmp_path / "runs.csv") == {wanted: found}


def test_table() -> None:
    found = {
        run(PUBLISHED, "age", "their own"): {"aaf_accuracy": 0.287, "aaf_mae_years": 15.83, "ms": 29.5, "mb": 45.7},
        run("VGG16", "age", "ImageNet"): {"aaf_accuracy": 0.6, "ms": 10.0, "mb": 14.9},
        run("VGG16", "age"): {"aaf_accuracy": 0.5, "aaf_mae_years": 8.04, "ms": 10.0, "mb": 14.9},
        run("Inception V3"): {"aaf_accuracy": 0.9},
    }
    assert table(of_task("age", found)) == [
        ["", "start", "px", "aaf val", "MAE", "ms", "MB"],
        ["VGG16", "ImageNet", "80", "60.0", "–", "10.0", "14.9"],
        ["VGG16", "random", "80", "50.0", "8.0", "10.0", "14.9"],
        ["Levi & Hassner, their weights", "their own", "80", "28.7", "15.8", "29.5", "45.7"],
    ]
    assert table(of_task("gender", found))[1:] == [["Inception V3", "random", "80", "90.0"]]
    assert note(of_task("gender", found)).startswith("all that learnt from random weights, 6 epochs of 7,000 faces; ")
    assert note(of_task("age", found)).startswith("from the weights that the row says, 6 epochs")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "emotion"], "one or more of the tasks gender, age were expected, 'emotion' came"),
        (["--levi-hassner", "nowhere"], "nowhere/deploy_gender.prototxt was expected and is not there"),
        (["--task", "age"], "training prepare aaf"),
        (["--side", "96", "--side", "64"], "sides of 75 pixels or more were expected, 64 came"),
    ],
)
def test_what_is_missing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["compare", "--work", str(tmp_path), *arguments]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "network,task\nVGG16,age\n",
        HEAD + "VGG16,age,random,80,much,,,,,,\n",
        HEAD + "VGG16,age,random,80,0.5\n",  # a row that was cut
        HEAD + "VGG19,age,random,80,0.5,,,,,,\n",
    ],
)
def test_a_file_of_something_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "runs.csv").write_text(text)
    with pytest.raises(DatasetError, match=r"runs\.csv: a run and its figures were expected in each row"):
        finished(tmp_path / "runs.csv")


def test_it_prints_what_stands_in_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "compare").mkdir()
    lines = [f"{network},age,random,80,0.5,8.0,0.6,7.0,0.4,9.9,14.9\n" for network in NETWORKS]
    (tmp_path / "compare" / "runs.csv").write_text(HEAD + "".join(lines))
    assert main(["compare", "--work", str(tmp_path), "--task", "age"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("age: all that learnt from random weights")
    assert "|  | start | px | aaf val | MAE | utkface val | MAE | fairface dev | ms | MB |\n" in said
    assert "| Levi & Hassner | random | 80 | 50.0 | 8.0 | 60.0 | 7.0 | 40.0 | 9.9 | 14.9 |\n" in said
    assert "gender" not in said

"""The table of what adds what, on made data: runs are made once, and stand where they belong."""

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.builders import MODELS
from training.ablate import INPUTS, SEEDS, Run, ablate, borrowed, finished, plain, runs, table, windows
from training.datasets import DatasetError
from training.prepare import prepare
from training.runs import markdown


def run(**facts: object) -> Run:
    return Run(**{"expressions": 5, "inputs": INPUTS[0], "normalised": True, "seed": 1, **facts})  # type: ignore[arg-type]


def test_every_run_is_wanted_once() -> None:
    wanted = runs()
    assert len(set(wanted)) == len(wanted) == len(INPUTS) * 2 * sum(map(len, SEEDS.values()))
    assert {one.seed for one in wanted[: len(wanted) // 2]} == {1}


def test_runs_are_kept_and_not_made_again(data: Path, tmp_path: Path) -> None:
    prepare("fer2013", data, tmp_path / "prepared", MODELS)
    wanted = [run(expressions=7, inputs=INPUTS[3]), run(normalised=False)]
    found = ablate(tmp_path / "prepared", tmp_path / "ablate", wanted)
    assert set(found) == set(wanted)
    assert all(0 <= accuracy <= 1 for accuracy in found.values())

    file = tmp_path / "ablate" / "runs.csv"
    assert finished(file) == found
    file.write_text(file.read_text().replace(str(found[wanted[1]]), "0.123"))
    assert ablate(tmp_path / "prepared", tmp_path / "ablate", wanted)[wanted[1]] == 0.123
    with file.open(newline="") as rows:
        assert len(list(csv.DictReader(rows))) == len(wanted)

    lost = borrowed(tmp_path / "prepared", MODELS)
    assert list(lost) == ["none", "landmarks", "HOG", "both"]
    assert all(0 <= accuracy <= 1 for accuracy in lost.values())


@pytest.mark.parametrize("row", ["image,5,False,1", "image,five,False,1,0.5", "x"])
def test_a_file_of_something_else(row: str, tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    file.write_text(f"inputs,expressions,normalised,seed,accuracy\n{row}\n")
    with pytest.raises(DatasetError, match=r"runs.csv: a run and its figures were expected"):
        finished(file)


def test_the_readme_shows_the_runs_that_were_made() -> None:
    found = finished(MODELS.parent / "docs" / "ablation.csv")
    assert set(found) == set(runs())
    assert markdown(*table(found)) in (MODELS.parent / "README.md").read_text()


@pytest.mark.parametrize(("inputs", "features"), [(INPUTS[0], 0), (INPUTS[1], 136)])
@pytest.mark.parametrize("normalised", [False, True])
def test_the_plain_network(inputs: str, features: int, normalised: bool) -> None:
    model = plain(run(inputs=inputs, normalised=normalised), features)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("Conv2D") == 4
    assert ("BatchNormalization" in kinds) == normalised
    assert ("features" in model.input) == bool(features)
    assert model.output.shape == (None, 5)


def test_windows_see_their_part_only() -> None:
    gray = np.zeros((48, 48), np.uint8)
    gray[:, 44:] = 255  # an edge that only the windows at the right end have
    found = windows(gray).reshape(5, 5, -1)
    assert found.shape == (5, 5, 72)
    assert not found[:, :4].any()
    assert found[:, 4].any()


def test_table() -> None:
    found = {run(seed=1): 0.7, run(seed=2): 0.72, run(expressions=7): 0.6}
    head, image, landmarks, *_ = table(found)
    assert head == ["", "5", "5, BN", "7", "7, BN", "[1]", "[1], BN"]
    assert image == ["image", "–", "71.0 ± 1.4", "–", "60.0", "34.2", "73.5"]
    assert landmarks == ["+ landmarks", "–", "–", "–", "–", "24.4", "74.4"]

"""From raw data to a served network, on made data: prepare, train, be killed, go on, export, evaluate."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from facelab.networks import load_network
from tests.builders import MODELS
from training import tasks
from training.__main__ import main
from training.cards import words
from training.datasets import DatasetError
from training.export import convert, deliver, drafted, export
from training.fit import build

EPOCHS = tasks.task("emotion").recipe.epochs


def epochs_done(work: Path) -> list[int]:
    history = work / "emotion" / "history.csv"
    lines = history.read_text().splitlines()[1:] if history.exists() else []
    return [int(line.split(",")[0]) for line in lines if line]


def test_from_raw_data_to_a_served_network(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work, models = tmp_path / "work", tmp_path / "models"
    assert main(["prepare", "fer2013", "--data", str(data), "--work", str(work)]) == 0
    command = [sys.executable, "-m", "training", "train", "emotion", "--work", str(work), "--precision", "float32"]
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while len(epochs_done(work)) < 2 and killed.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    killed.kill()
    killed.wait()
    before = epochs_done(work)
    assert 2 <= len(before) < EPOCHS

    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = epochs_done(work)
    assert after[-1] == EPOCHS - 1
    assert len(after) <= EPOCHS + 1  # at most the epoch that was cut is done twice

    models.mkdir()
    assert main(["export", "emotion", *folders(data, work, models)]) == 1
    assert "probe.jpg was expected" in capsys.readouterr().err
    for file in ("probe.jpg", "finder.json", "finder.tflite"):
        shutil.copy(MODELS / file, models)
    assert main(["export", "emotion", *folders(data, work, models)]) == 0
    capsys.readouterr()
    arguments = ["--dataset", "fer2013", "--split", "PublicTest", "--data", str(data), "--models", str(models)]
    assert main(["evaluate", "emotion", *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    card = json.loads((models / "emotion.json").read_text())
    assert card["metrics"]["fer2013 PublicTest"]["accuracy"] == found["accuracy"]
    assert found["faces"] == 8
    assert words("emotion").items() <= card.items()

    spoiled = {**card, "output": {**card["output"], "temperature": 9.0}, "probe": {}, "metrics": {}}
    (models / "emotion.json").write_text(json.dumps(spoiled))
    assert main(["renew", "emotion", "--data", str(data), "--models", str(models)]) == 0
    del card["metrics"]["fer2013 PublicTest"]["float32"]
    assert json.loads((models / "emotion.json").read_text()) == card


def folders(data: Path, work: Path, models: Path) -> list[str]:
    return ["--data", str(data), "--work", str(work), "--models", str(models)]


@pytest.mark.parametrize("name", tasks.names())
def test_8_bit_weights_answer_as_their_keras_parent(name: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    model = build(tasks.task(name), None)
    convert(model, tmp_path / f"{name}.tflite")
    drafted(tasks.task(name), tmp_path)
    network, rng = load_network(tmp_path / f"{name}.json"), np.random.default_rng(1)
    for _ in range(3):
        inputs = {one.name: rng.uniform(0, 255, one.shape[1:]).astype(np.float32) for one in model.inputs}
        expected = np.asarray(model({key: array[None] for key, array in inputs.items()}, training=False))[0]
        difference = np.linalg.norm(network.logits(inputs) - expected)
        assert difference < 0.1 * np.linalg.norm(expected)


def test_what_is_missing_is_said(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DatasetError, match="training train gender"):
        export("gender", data, tmp_path, tmp_path)
    assert main(["prepare", "aaf", "--data", str(tmp_path), "--work", str(tmp_path)]) == 1
    assert "original images" in capsys.readouterr().err
    (tmp_path / "UTKFace").mkdir()
    assert main(["prepare", "utkface", "--data", str(tmp_path), "--work", str(tmp_path)]) == 1
    assert "no face of utkface" in capsys.readouterr().err
    assert main(["renew", "age", "--data", str(data), "--models", str(tmp_path)]) == 1
    assert "age.json" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["train", "age", "--work", str(tmp_path), "--weights", "nowhere.h5"])
    assert "a file was expected, nowhere.h5 is none" in capsys.readouterr().err
    assert main(["train", "age", "--work", str(tmp_path)]) == 1
    assert "training prepare aaf" in capsys.readouterr().err


def test_a_network_comes_with_its_card_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft, models, names = tmp_path / "draft", tmp_path / "models", ("age.json", "age.tflite")
    for folder, text in ((draft, "new"), (models, "former")):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(text)

    def full(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:1])
        if source.suffix == ".tflite":
            raise OSError(28, "no space left")

    with monkeypatch.context() as patched:
        patched.setattr("shutil.copyfile", full)
        with pytest.raises(OSError, match="no space"):
            deliver("age", draft, models)
    assert {name: (models / name).read_text() for name in names} == dict.fromkeys(names, "former")
    deliver("age", draft, models)
    assert {file.name: file.read_text() for file in models.iterdir()} == dict.fromkeys(names, "new")


@pytest.mark.parametrize("command", [["export", "age"], ["finder", "export", "--backgrounds", "x"], ["compare"]])
def test_another_backend_writes_nothing_that_is_served(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    assert main([*command, "--work", str(tmp_path)]) == 1
    assert "KERAS_BACKEND=tensorflow was expected" in capsys.readouterr().err

"""What teachers say of prepared faces."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelab import features
from tests.builders import MODELS
from tests.training import made
from training import tasks
from training.__main__ import main
from training.datasets import DatasetError
from training.prepare import prepare
from training.sequence import COMPONENTS, Prepared
from training.teachers import EMBEDDING, TEACHERS, Teacher, face_net, soft_targets, window
from training.tfjs import graph_model


def test_a_graph_model_of_tensorflow_js(tmp_path: Path) -> None:
    picture = np.random.default_rng(1).uniform(-100, 100, (2, 5, 4, 3)).astype(np.float32)
    found = graph_model(made.graph_model(tmp_path), EMBEDDING)(picture)
    np.testing.assert_allclose(found, picture.mean(axis=(1, 2)) / 2, rtol=1e-4)


def test_an_onnx_network(tmp_path: Path) -> None:
    pictures = np.random.default_rng(1).uniform(-1, 1, (2, 112, 112, 3)).astype(np.float32)
    look = face_net(made.onnx(tmp_path))
    np.testing.assert_allclose(look(pictures), pictures.mean(axis=(1, 2)), atol=1e-5)


@pytest.mark.parametrize("damage", [lambda file: file.write_bytes(b"nothing"), lambda file: file.unlink()])
def test_a_file_that_is_no_onnx_network(damage: Any, tmp_path: Path) -> None:
    file = made.onnx(tmp_path)
    damage(file)
    with pytest.raises(DatasetError, match=r"an ONNX network was expected in .*w600k_mbf\.onnx"):
        face_net(file)


def without(key: str) -> Any:
    return lambda content: json.dumps({name: value for name, value in json.loads(content).items() if name != key})


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: "nothing",
        lambda _: "[]",
        without("modelTopology"),
        without("weightsManifest"),
        lambda content: content.replace("Placeholder", "Unheard"),
        lambda content: content.replace("shard.bin", "lost.bin"),
        lambda content: content.replace("[2]", "[3]"),
        lambda content: content.replace('"float16"', '"uint8"'),
        lambda content: content.replace(EMBEDDING, "elsewhere"),
    ],
)
def test_a_file_that_is_no_graph_model(damage: Any, tmp_path: Path) -> None:
    file = made.graph_model(tmp_path)
    file.write_text(damage(file.read_text()))
    with pytest.raises(DatasetError, match=r"a graph model of TensorFlow\.js was expected in .*faceres-deep\.json"):
        graph_model(file, EMBEDDING)


@pytest.mark.parametrize("teacher", TEACHERS.values(), ids=TEACHERS)
def test_a_teacher_sees_the_eyes_where_it_expects_them(teacher: Teacher, data: Path, tmp_path: Path) -> None:
    prepare("aaf", data, tmp_path, MODELS)
    source, frame = Prepared(tmp_path / "aaf"), tasks.task("gender").frame
    seen = features.transformed(source.landmarks[0], window(teacher, source, frame))
    left, right, _ = features.anchors(seen)
    assert (right - left)[0] == pytest.approx(teacher.eyes * teacher.side, rel=0.1)
    assert (left + right) / 2 / teacher.side == pytest.approx([0.5, teacher.eye_line], abs=0.04)


def test_probabilities_are_of_a_classifier_that_did_not_see_the_face() -> None:
    rng = np.random.default_rng(1)
    seen, truths = rng.normal(size=(600, 40)).astype(np.float32), rng.integers(0, 2, 600)
    chance = soft_targets([seen], truths)
    assert chance.shape == (600, COMPONENTS + 2)
    assert (chance[:, COMPONENTS:].argmax(axis=1) == truths).mean() == pytest.approx(0.5, abs=0.08)
    assert (chance[:, :40] ** 2).sum(axis=1).mean() == pytest.approx(1, rel=1e-3)
    assert not chance[:, 40:COMPONENTS].any()
    told = soft_targets([seen + 2 * truths[:, None]], truths)
    assert (told[:, COMPONENTS:].argmax(axis=1) == truths).mean() > 0.95


def test_teachers_count_alike() -> None:
    rng = np.random.default_rng(1)
    truths = rng.integers(0, 2, 600)
    wide, narrow = rng.normal(size=(600, 400)).astype(np.float32), rng.normal(size=(600, 4)).astype(np.float32)
    components = soft_targets([wide, narrow], truths)[:, :4]
    told = np.linalg.lstsq(components, narrow, rcond=None)[0]
    assert np.corrcoef((components @ told).ravel(), narrow.ravel())[0, 1] > 0.9


def test_teach(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepared, teachers = tmp_path / "prepared", [str(made.graph_model(tmp_path)), str(made.onnx(tmp_path))]
    command = ["teach", "gender", "--work", str(tmp_path), "--teachers", *teachers]
    assert main(command) == 1
    assert "prepare aaf` first" in capsys.readouterr().err
    for dataset in tasks.task("gender").recipe.datasets:
        prepare(dataset, data, prepared, MODELS)
    assert main(command) == 0
    for dataset in tasks.task("gender").recipe.datasets:
        source, found = Prepared(prepared / dataset), np.load(prepared / dataset / "gender.npy")
        learnt = source.of_split("train")
        np.testing.assert_allclose(found[learnt, COMPONENTS:].sum(axis=1), 1, rtol=1e-2)
        assert not np.delete(found, learnt, axis=0).any()
    prepare("aaf", data, prepared, MODELS)
    assert not (prepared / "aaf" / "gender.npy").exists()


def test_rows_that_come_data_set_by_data_set() -> None:
    """Each has its own look: who learnt from the others alone knows nothing of it."""
    rng = np.random.default_rng(1)
    places, dataset = rng.integers(0, 2, 600), np.repeat(np.arange(5), 120)
    embedded = rng.normal(size=(600, 40)).astype(np.float32)
    embedded[np.arange(600), dataset] += 8 * (2 * places - 1)
    found = soft_targets([embedded], places)
    assert (found[:, COMPONENTS:].argmax(axis=1) == places).mean() > 0.9


@pytest.mark.parametrize("name", ["age", "emotion"])
def test_who_has_no_teachers(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["teach", name, "--work", str(tmp_path), "--teachers", str(made.graph_model(tmp_path))]) == 1
    assert f"{name} is none" in capsys.readouterr().err


@pytest.mark.parametrize("files", [["faceres-deep.json"], ["faceres-deep.json", "model.json"]])
def test_who_cannot_teach(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["teach", "gender", "--work", str(tmp_path), "--teachers", *files]) == 1
    expected = "the teachers faceres-deep.json and w600k_mbf.onnx were expected"
    assert f"{expected}, {', '.join(files)} came" in capsys.readouterr().err


def test_a_teacher_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(tmp_path / "faceres-deep.json"), str(made.onnx(tmp_path))]
    assert main(["teach", "gender", "--work", str(tmp_path), "--teachers", *files]) == 1
    assert "a graph model of TensorFlow.js was expected" in capsys.readouterr().err

"""What teachers say of prepared faces."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelab import features
from tests.builders import MODELS
from tests.training import made
from training import mobilefacenet, tasks
from training.__main__ import main
from training.datasets import LAST_YEAR, DatasetError
from training.mobilefacenet import backbone
from training.prepare import prepare
from training.sequence import COMPONENTS, Prepared
from training.teachers import EMBEDDING, LEARNER, TEACHERS, Teacher, apprentice, components, face_net, window
from training.tfjs import graph_model


def test_a_graph_model_of_tensorflow_js(tmp_path: Path) -> None:
    picture = np.random.default_rng(1).uniform(-100, 100, (2, 5, 4, 3)).astype(np.float32)
    found = graph_model(made.graph_model(tmp_path), EMBEDDING)(picture)
    np.testing.assert_allclose(found, picture.mean(axis=(1, 2)) / 2, rtol=1e-4)


def test_an_onnx_network(tmp_path: Path) -> None:
    pictures = np.random.default_rng(1).uniform(-1, 1, (2, 112, 112, 3)).astype(np.float32)
    found = face_net(made.onnx(tmp_path))(pictures)
    assert found.shape == (2, 6)
    assert found.std() > 1
    np.testing.assert_allclose(backbone(made.onnx(tmp_path)).predict_on_batch(pictures), found, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("damage", [lambda file: file.write_bytes(b"nothing"), lambda file: file.unlink()])
def test_a_file_that_is_no_onnx_network(damage: Any, tmp_path: Path) -> None:
    file = made.onnx(tmp_path)
    damage(file)
    with pytest.raises(DatasetError, match=r"an ONNX network was expected in .*w600k_mbf\.onnx"):
        face_net(file)
    with pytest.raises(DatasetError, match=r"an ONNX network of faces was expected in .*w600k_mbf\.onnx"):
        backbone(file)


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


def test_the_apprentice_sees_the_eyes_where_its_faces_had_them() -> None:
    """30 pixels apart instead of 35, so that it sees hair; as far down."""
    frame = apprentice(tasks.task("gender")).frame
    (left, top), (right, _) = np.array(frame["eyes"]) * frame["size"]
    (above, _), (before, _) = mobilefacenet.CUT
    assert right - left == pytest.approx(30.5, abs=0.1)
    assert (left + right) / 2 - before == pytest.approx(56, abs=0.5)
    assert (top - above) / 112 == pytest.approx(TEACHERS[LEARNER].eye_line, abs=0.02)


def test_components_are_half_whitened() -> None:
    seen = np.random.default_rng(1).normal(size=(600, 40)).astype(np.float32)
    found = components([seen])
    assert found.shape == (600, COMPONENTS)
    assert (found[:, :40] ** 2).sum(axis=1).mean() == pytest.approx(1, rel=1e-3)
    assert not found[:, 40:].any()


def test_teachers_count_alike() -> None:
    rng = np.random.default_rng(1)
    wide, narrow = rng.normal(size=(600, 400)).astype(np.float32), rng.normal(size=(600, 4)).astype(np.float32)
    first = components([wide, narrow])[:, :4]
    told = np.linalg.lstsq(first, narrow, rcond=None)[0]
    assert np.corrcoef((first @ told).ravel(), narrow.ravel())[0, 1] > 0.9


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
        labels, years = np.split(found[learnt, COMPONENTS:].astype(np.float32), [2], axis=1)
        assert years.shape[1] == LAST_YEAR + 1
        for probabilities in (labels, years):
            np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-2)
        assert not np.delete(found, learnt, axis=0).any()
    prepare("aaf", data, prepared, MODELS)
    assert not (prepared / "aaf" / "gender.npy").exists()


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

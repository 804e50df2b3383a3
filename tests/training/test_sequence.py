"""Batches: what varies, what must not."""

import multiprocessing
import os
import shutil
import signal
from collections import Counter
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from facelab import features
from facelab.faces import load_finder
from facelab.types import Image
from tests.builders import MODELS
from training import tasks
from training.datasets import LAST_YEAR, DatasetError
from training.prepare import prepare
from training.recipes import HEAD_FRAME
from training.sequence import (
    COMPONENTS,
    Faces,
    Prepared,
    age_target,
    distilled,
    inner_matrix,
    jitter,
    mixed,
    poor,
    recoloured,
    target,
    tinted,
    votes_target,
    years_target,
)
from training.task import Task


@pytest.fixture(scope="module")
def prepared(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    for dataset in ("fer2013", "aaf"):
        prepare(dataset, data, folder, MODELS)
    return folder


def of(**constants: Any) -> Task:
    """The expression's task with other constants."""
    task = tasks.task("emotion")
    return replace(task, recipe=replace(task.recipe, **constants))


@pytest.mark.parametrize("file", ["crops.npy", "landmarks.npy"])
@pytest.mark.parametrize("left", [None, 200])
def test_what_is_damaged_is_prepared_again(file: str, left: int | None, prepared: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(prepared / "aaf", tmp_path / "aaf")
    if left is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes((folder / file).read_bytes()[:left])
    with pytest.raises(DatasetError, match="aaf is damaged, prepare it again"):
        Prepared(folder)


def test_mirrored_landmarks_are_those_of_the_mirrored_picture() -> None:
    finder, picture = load_finder(MODELS), astronaut()
    straight = features.landmarks_of(next(finder.find(picture)))
    mirrored = features.landmarks_of(next(finder.find(np.ascontiguousarray(picture[:, ::-1]))))
    expected = straight[features.MIRRORED] * [-1, 1] + [511, 0]
    assert np.linalg.norm(mirrored - expected, axis=1).mean() < 3


def test_a_mirror_without_turn_turns_columns_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.sequence.ROLL", 0)
    monkeypatch.setattr("training.sequence.SCALE", 0)
    monkeypatch.setattr("training.sequence.SHIFT", 0)
    picture = np.ascontiguousarray(astronaut()[:48, :48])
    matrix = jitter(np.random.default_rng(1), 48, mirrored=True)
    np.testing.assert_array_equal(features.warp(picture, matrix, (48, 48)), picture[:, ::-1])


def test_prepared_crop_and_served_crop_agree(prepared: Path) -> None:
    """What training sees of a photograph is what the service sees, but for resampling."""
    source, frame = Prepared(prepared / "aaf"), {"size": 112, **HEAD_FRAME}
    matrix = inner_matrix(source.crops.shape[1], source.margin, 112)
    anchors = features.anchors(features.transformed(source.landmarks[0], matrix))
    targets = (np.array([*HEAD_FRAME["eyes"], HEAD_FRAME["mouth"]]) * frame["size"] - 0.5).tolist()
    np.testing.assert_allclose(anchors, targets, atol=3)


def test_chained_is_first_then_second() -> None:
    first, second = np.array([[2.0, 0, 1], [0, 2, 0]]), np.array([[0, -1.0, 0], [1, 0, 5]])
    point = np.array([[3.0, 4.0]], np.float32)
    expected = features.transformed(features.transformed(point, first), second)
    np.testing.assert_allclose(features.transformed(point, features.chained(second, first)), expected)


def test_batches(prepared: Path) -> None:
    emotion = of(batch=8)
    faces = Faces(prepared, emotion, emotion.recipe.datasets, varied=True)
    assert len(faces) == 3
    inputs, targets = faces[0]
    assert inputs["image"].shape == (8, 48, 48, 1)
    assert inputs["features"].shape == (8, 208)
    np.testing.assert_allclose(targets.sum(axis=1), 2, rtol=1e-5)


def test_small_pictures_first(prepared: Path) -> None:
    """But for a batch of each epoch, by which Keras knows that sides differ."""
    gender = tasks.task("gender")
    gender = replace(gender, recipe=replace(gender.recipe, batch=1, small=(80, 2), distillation=0.0, mixed=0.0))
    faces = Faces(prepared, gender, {"aaf": ("train", 3)}, varied=True)
    sides = []
    for epoch in range(3):
        faces.start(epoch)
        sides.append([faces[number][0]["image"].shape[1] for number in range(3)])
    side = gender.frame["size"]
    assert sides == [[side, 80, 80], [side, 80, 80], [side] * 3]
    held_back = Faces(prepared, gender, {"aaf": ("val", 1)}, varied=False)
    assert held_back[0][0]["image"].shape == (1, side, side, 3)


def test_soft_labels_are_partly_the_labels_and_partly_what_teachers_say() -> None:
    labels, years = np.array([0, 1], np.float32), years_target(1, 1, 3)
    said = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    soft = np.array([*range(COMPONENTS), 0.6, 0.4, *said], np.float32)
    found = distilled(labels, years, soft, 0.75)
    np.testing.assert_array_equal(found[:COMPONENTS], range(COMPONENTS))
    np.testing.assert_allclose(found[COMPONENTS:][:2], [0.45, 0.55], rtol=1e-3)
    np.testing.assert_allclose(found[COMPONENTS + 2 :], 0.25 * years + 0.75 * said, rtol=1e-3)
    np.testing.assert_array_equal(distilled(labels, years, None, 0.75), [*[0] * COMPONENTS, 0, 1, *years])


@pytest.mark.parametrize(
    ("said", "divided"), [((0.4, 0.15, 0.45, 0), (0, 0.25, 0.75, 0)), ((0.991, 0.003, 0, 0.006), (0, 0.5, 0.5, 0))]
)
def test_teachers_divide_a_range_in_which_they_see_the_age(said: tuple[float, ...], divided: tuple[float, ...]) -> None:
    soft = np.array([*[0] * COMPONENTS, 1, 0, *said], np.float32)
    found = distilled(np.array([1, 0], np.float32), years_target(1, 2, 3), soft, 0.75)
    np.testing.assert_allclose(found[COMPONENTS + 2 :], 0.25 * np.array(divided) + 0.75 * np.array(said), rtol=1e-5)


def test_mixed_faces_are_at_most_half_another_and_so_are_their_targets() -> None:
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (400, 2, 2, 3), np.uint8)
    targets = images.reshape(400, -1).astype(np.float32)
    seen, answers = mixed(images, targets, 0.5, rng)
    assert seen.dtype == np.uint8
    np.testing.assert_allclose(seen.reshape(400, -1), answers, atol=0.501)
    other = np.roll(targets, 1, axis=0) - targets
    share = ((answers - targets) * other).sum(axis=1) / (other**2).sum(axis=1)
    assert 0 <= share.min() <= share.max() <= 0.5 + 1e-6
    assert (share == 0).mean() == pytest.approx(0.5, abs=0.08)
    np.testing.assert_allclose(answers, targets + share[:, None] * other, atol=1e-3)


def test_some_faces_are_shown_more_often(prepared: Path) -> None:
    rows = Prepared(prepared / "aaf").rows
    shown = Counter[int]()
    gender = tasks.task("gender")
    recipe = replace(gender.recipe, batch=1, distillation=0.0, mixed=0.0)
    gender = replace(gender, recipe=replace(recipe, repeated={"aaf": ("gender", "male", 3)}))
    for varied, split in ((True, "train"), (False, "val")):
        faces = Faces(prepared, gender, {"aaf": (split, None)}, varied=varied)
        shown.update(number for _, number in faces._order)
    assert shown == {
        n: 1 + 2 * ("train" in row["splits"].split() and row["gender"] == "male") for n, row in enumerate(rows)
    }
    gender = replace(gender, recipe=replace(recipe, repeated={"aaf": ("sex", "male", 2)}))
    with pytest.raises(DatasetError, match=r"aaf: rows with 'male' in a column 'sex' were expected"):
        Faces(prepared, gender, {"aaf": ("train", None)}, varied=True)


def test_soft_targets_are_of_the_rows_that_are_prepared(prepared: Path, tmp_path: Path) -> None:
    folder, gender = shutil.copytree(prepared / "aaf", tmp_path / "aaf"), tasks.task("gender")
    gender, rows = replace(gender, recipe=replace(gender.recipe, mixed=0.0)), Prepared(folder).rows
    found = np.zeros((len(rows), COMPONENTS + 2 + LAST_YEAR + 1), np.float16)
    found[:, 0] = range(1, len(rows) + 1)
    np.save(folder / "gender.npy", found)
    faces = Faces(tmp_path, gender, {"aaf": ("train", None)}, varied=True)
    targets = np.concatenate([faces[number][1] for number in range(len(faces))])
    numbers = Prepared(folder).of_split("train")
    assert sorted(targets[:, 0]) == [number + 1 for number in numbers]
    for one in targets:
        male = rows[int(one[0]) - 1]["gender"] == "male"
        assert (one[COMPONENTS + 1] > one[COMPONENTS]) == male
    assert not Faces(tmp_path, gender, {"aaf": ("val", None)}, varied=False)[0][1][:, 0].any()


def test_ages_that_are_learnt_beside_the_label(prepared: Path) -> None:
    gender = tasks.task("gender")
    gender = replace(gender, recipe=replace(gender.recipe, distillation=0.0, mixed=0.0))
    faces = Faces(prepared, gender, {"aaf": ("train", None)}, varied=True)
    targets = np.concatenate([faces[number][1] for number in range(len(faces))])
    assert targets.shape[1] == LAST_YEAR + 1 + 2
    rows = [faces._sets["aaf"].rows[number] for number in faces._sets["aaf"].of_split("train")]
    assert sorted(targets[:, 2:].argmax(axis=1)) == sorted(int(row["first_age"]) for row in rows)
    with pytest.raises(DatasetError, match=r"fer1: an age was expected"):
        age_target({"name": "fer1", "first_age": ""}, LAST_YEAR)


@pytest.mark.parametrize(
    "damage", [lambda file: file.unlink(), lambda file: file.write_bytes(b"half"), lambda _: None], ids=range(3)
)
def test_soft_targets_that_are_missing(damage: Any, prepared: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(prepared / "aaf", tmp_path / "aaf")
    np.save(folder / "gender.npy", np.zeros(3))
    damage(folder / "gender.npy")
    with pytest.raises(DatasetError, match=r"run `python -m training teach gender --teachers FILE …` first"):
        Faces(tmp_path, tasks.task("gender"), {"aaf": ("train", None)}, varied=True)


@pytest.mark.parametrize(("side", "fewest"), [(112, 48), (64, 48)])
def test_a_poor_camera_still_shows_a_face(side: int, fewest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resize, sides = cv2.resize, set[int]()

    def resized(crop: Image, size: tuple[int, int], **how: Any) -> Image:
        sides.add(size[0])
        return resize(crop, size, **how)

    monkeypatch.setattr(cv2, "resize", resized)
    for seed in range(40):
        assert poor(np.zeros((side, side, 3), np.uint8), np.random.default_rng(seed)).shape == (side, side, 3)
    assert min(sides) == fewest
    assert sorted(sides)[-2] <= 0.8 * side


def test_a_data_set_that_is_kept_otherwise_than_the_network_sees_it(prepared: Path) -> None:
    emotion = of()
    with pytest.raises(DatasetError, match=r"aaf: eyes and mouth were expected where emotion has them, .*0\.318"):
        Faces(prepared, emotion, {"aaf": ("train", None)}, varied=True)


def test_an_epoch_repeats_and_the_next_one_differs(prepared: Path) -> None:
    emotion = of(batch=8)
    one, other = (Faces(prepared, emotion, emotion.recipe.datasets, varied=True) for _ in range(2))
    np.testing.assert_array_equal(one[1][0]["image"], other[1][0]["image"])
    other.start(1)
    assert (one[1][0]["image"] != other[1][0]["image"]).any()


def test_other_processes_make_the_same_batches(prepared: Path) -> None:
    emotion = of(batch=8)
    here = Faces(prepared, emotion, emotion.recipe.datasets, varied=True)
    with closing(Faces(prepared, emotion, emotion.recipe.datasets, varied=True, helpers=2)) as there:
        for epoch in (0, 1):
            here.start(epoch)
            there.start(epoch)
            for index in (0, 1, 2, 1):
                (inputs, targets), (others, truths) = here[index], there[index]
                assert inputs["image"].dtype == others["image"].dtype == np.uint8
                for one, other in ((inputs["image"], others["image"]), (inputs["features"], others["features"])):
                    np.testing.assert_array_equal(one, other)
                np.testing.assert_array_equal(targets, truths)


def test_a_process_that_dies_ends_the_training(prepared: Path) -> None:
    emotion = of(batch=8)
    with closing(Faces(prepared, emotion, emotion.recipe.datasets, varied=True, helpers=1)) as faces:
        assert len(faces[0][1]) == 8
        os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
        with pytest.raises(BrokenProcessPool):
            [faces[0] for _ in range(20)]


def test_tinted_changes_colours_and_leaves_gray_almost_gray() -> None:
    gray, colours = np.full((8, 8, 3), 100, np.uint8), np.full((8, 8, 3), (180, 120, 90), np.uint8)
    spreads = [
        [int(np.ptp(tinted(one, np.random.default_rng(seed))[0, 0].astype(int))) for seed in range(60)]
        for one in (gray, colours)
    ]
    assert 10 < max(spreads[0]) < 40
    assert min(spreads[1]) < 25
    assert max(spreads[1]) > 130


def test_validation_is_not_varied(prepared: Path) -> None:
    emotion = of(batch=5)
    faces = Faces(prepared, emotion, {"fer2013": ("PublicTest", None)}, varied=False)
    assert [len(faces[index][1]) for index in range(len(faces))] == [5, 3]
    source = Prepared(prepared / "fer2013")
    first = source.of_split("PublicTest")[0]
    np.testing.assert_array_equal(faces[0][0]["image"][0, ..., 0], source.crops[first][..., 0])


def test_recolouring_keeps_shape_and_type() -> None:
    crop, rng = np.ascontiguousarray(astronaut()[:112, :112]), np.random.default_rng(1)
    for _ in range(50):
        found = recoloured(crop, rng)
        assert found.shape == crop.shape
        assert found.dtype == np.uint8


def test_unprepared_data_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="training prepare aaf"):
        Prepared(tmp_path / "aaf")


def test_votes() -> None:
    labels = ["angry", "happy"]
    np.testing.assert_allclose(votes_target("0 6 0 0 2 0 0 0 1 1", labels), [0.25, 0.75])
    np.testing.assert_array_equal(votes_target("0 0 0 0 0 0 0 0 4 6", labels), [0, 0])
    np.testing.assert_array_equal(votes_target("", labels), [0, 0])


def test_votes_and_label_have_a_head_each() -> None:
    row = {"name": "x", "emotion": "angry", "gender": "", "votes": "0 10 0 0 0 0 0 0 0 0"}
    np.testing.assert_allclose(
        target(row, of(label_smoothing=0.07)), [0, 0, 0, 1, 0, 0, 0, 0.94, *[0.01] * 6], atol=1e-6
    )


def test_a_label_that_the_network_does_not_know() -> None:
    row = {"name": "fer7", "emotion": "bored", "votes": ""}
    with pytest.raises(DatasetError, match=r"fer7: one of the labels angry, .* was expected, 'bored' came"):
        target(row, tasks.task("emotion"))


def test_a_known_age_is_a_bell() -> None:
    bell = years_target(30, 30, 100)
    assert bell.sum() == pytest.approx(1, abs=1e-5)
    assert bell.argmax() == 30
    assert bell @ np.arange(101) == pytest.approx(30, abs=1e-3)


def test_a_range_is_its_years() -> None:
    np.testing.assert_array_equal(np.flatnonzero(years_target(3, 9, 100)), range(3, 10))

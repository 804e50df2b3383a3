"""The finder's training on made data: scenes, what the network should answer, and the whole way."""

import json
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest
from PIL import Image as Pillow
from skimage.data import astronaut, coffee

from facelab.features import Floats
from facelab.finder import Size, decoded
from tests.builders import MODELS
from tests.training import made
from training.__main__ import main
from training.datasets import DatasetError
from training.finder import export, fit, measure, teacher
from training.finder.measure import Trial, Truth, error, matched, rows_of
from training.finder.network import loss, target
from training.finder.scenes import Rng, covered, in_ellipse, outline, pasted, placed, scene, set_in, yaw
from training.finder.stock import LEAST_YAW, Labelled, Part, Stock, face_free, part_of, pictures_of, surroundings

FACE = np.array([[66, 57, 158, 168, 93, 91, 136, 93, 114, 115, 97, 135, 130, 136]], np.float32)  # in HEAD
HEAD = astronaut()[10:240, 110:340]
SIZE = (320, 256)
PARTS: Sequence[Part] = get_args(Part)


def answering(rows: Floats, certainty: float) -> Floats:
    """What a network that has learnt all of `target` would answer."""
    truth = target(rows, *SIZE)
    logits = np.where(truth[..., :1] > 0.999, certainty, -certainty)
    return np.concatenate([logits, truth[..., 3:]], axis=-1).astype(np.float32)


def test_what_the_target_codes_the_detector_reads() -> None:
    rows = np.concatenate([FACE, FACE * 0.4 + np.tile([200, 20], 7)]).astype(np.float32)
    found = decoded(answering(rows, 9.0), 0.5)
    assert len(found) == 2
    np.testing.assert_allclose(found[np.argsort(found[:, 1])][:, 1:], rows, atol=1e-3)


def test_the_loss_is_least_at_the_truth() -> None:
    truth = target(FACE, *SIZE)[None]
    right, wrong = answering(FACE, 12.0)[None], answering(FACE + np.float32(12), 12.0)[None]
    values = [
        float(loss(keras.ops.convert_to_tensor(truth), keras.ops.convert_to_tensor(one))) for one in (right, wrong)
    ]
    assert values[0] < 0.01 < values[1]


@pytest.mark.parametrize("mirrored", [False, True])
def test_rows_move_with_their_picture(mirrored: bool) -> None:
    rng = np.random.default_rng(3)
    matrix, found = placed(rng, SIZE, FACE[0, :4], 60)
    while found != mirrored:
        matrix, found = placed(rng, SIZE, FACE[0, :4], 60)
    (row,) = set_in(FACE, (matrix, mirrored))
    points = FACE[0, 4:].reshape(5, 2) @ matrix[:, :2].T + matrix[:, 2]
    expected = points[[1, 0, 2, 4, 3]] if mirrored else points
    np.testing.assert_allclose(row[4:].reshape(5, 2), expected, atol=1e-3)
    centre = FACE[0, :4].reshape(2, 2).mean(axis=0) @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(row[:4].reshape(2, 2).mean(axis=0), centre, atol=1e-3)


@pytest.mark.parametrize("width", [15, 30, 60, 120])
def test_faces_are_drawn_where_their_rows_say(width: int) -> None:
    rng, picture = np.random.default_rng(5), np.zeros((101, 90, 3), np.uint8)
    box = np.array([31, 22, 61, 72], np.float32)
    picture[22:72, 31:61] = 255
    for _ in range(20):
        placement = placed(rng, SIZE, box, width)
        drawn = pasted(rng, np.zeros((*SIZE[::-1], 3), np.uint8), picture, box[None], placement)[..., 0]
        if drawn[[0, -1]].any() or drawn[:, [0, -1]].any():
            continue  # cut by the scene's edge
        places = np.argwhere(drawn)[:, ::-1] + 0.5
        seen = np.average(places, axis=0, weights=drawn[drawn > 0])
        said = set_in(np.concatenate([box, np.zeros(10, np.float32)])[None], placement)[0, :4].reshape(2, 2)
        np.testing.assert_allclose(seen, said.mean(axis=0), atol=0.15)


def test_no_face_is_cut_off_by_the_shape_of_its_picture() -> None:
    beside = np.array([[40, 40, 60, 60], [3, 3, 20, 20]], np.float32)
    assert in_ellipse(beside[:1], 100, 100)
    assert not in_ellipse(beside, 100, 100)
    masks = [outline(np.random.default_rng(seed), np.zeros((100, 100, 3), np.uint8), beside) for seed in range(20)]
    assert all(mask[12, 12] == 1 for mask in masks)


def test_a_head_may_fade_into_the_scene_but_not_its_face() -> None:
    masks = [outline(np.random.default_rng(seed), HEAD, FACE[:, :4]) for seed in range(30)]
    left, top, right, bottom = FACE[0, :4]
    y, x = np.mgrid[: HEAD.shape[0], : HEAD.shape[1]]
    face = np.hypot((2 * x - left - right) / (right - left), (2 * y - top - bottom) / (bottom - top)) <= 1
    assert all(mask[face].min() > 0.99 for mask in masks)
    fading = [mask for mask in masks if mask[0].max() == 0 and ((mask > 0.1) & (mask < 0.9)).mean() > 0.02]
    assert 3 < len(fading) < 20


@pytest.mark.parametrize("degrees", [0, 40])
def test_what_is_in_front_of_a_face_leaves_most_of_it(degrees: float) -> None:
    turn = np.exp(1j * np.radians(degrees))
    points = (FACE[0, 4::2] + 1j * FACE[0, 5::2] - (112 + 107j)) * turn + (112 + 107j)
    row = np.concatenate([FACE[0, :4], np.column_stack([points.real, points.imag]).ravel()]).astype(np.float32)
    left, top, right, bottom = row[:4].astype(int)
    hidden = set()
    for seed in range(60):
        blank = np.full((230, 230, 3), 7, np.uint8)
        changed = (covered(np.random.default_rng(seed), blank, row) != 7).any(axis=2)
        assert changed[top:bottom, left:right].mean() < 0.6
        assert not changed[:, : left - 60].any()
        hidden.add(tuple(bool(changed[int(y), int(x)]) for x, y in row[4:].reshape(5, 2)))
    glasses, mask = (True, True, False, False, False), (False, False, False, True, True)
    assert {glasses, mask, (False,) * 5} <= hidden


def test_a_picture_that_could_be_transparent_and_is_not_is_a_background(tmp_path: Path) -> None:
    Pillow.new("RGBA", (30, 20), (9, 8, 7, 255)).save(tmp_path / "a.png")
    (found,) = [one for part in PARTS for one in pictures_of(tmp_path, [part])]
    assert found.shape == (20, 30, 3)
    assert found[0, 0].tolist() == [9, 8, 7]


def test_scenes_hold_the_faces_they_say() -> None:
    rng, counts = np.random.default_rng(4), []
    for _ in range(20):
        image, rows = scene(rng, SIZE, [(HEAD, FACE)] * 3, coffee(), [coffee()[:9], np.full((40, 20, 4), 99, np.uint8)])
        counts.append(len(rows))
        assert image.shape == (256, 320, 3)
        assert image.dtype == np.uint8
        assert (rows[:, 2] > rows[:, 0]).all()
    assert {3} <= set(counts) <= {2, 3}  # as many as there is room for
    assert scene(rng, SIZE, [], coffee(), [])[1].shape == (0, 14)


def test_what_is_held_back_is_never_learnt_from(tmp_path: Path) -> None:
    for number in range(40):
        Pillow.new("RGB", (30, 20), (number, 0, 0)).save(tmp_path / f"{number:02d}.png")
    Pillow.new("RGBA", (3000, 30), (50, 0, 0, 9)).save(tmp_path / "decoy.png")
    (tmp_path / "notes.txt").write_text("no picture")
    parts = [{int(one[0, 0, 0]) for one in face_free(tmp_path, part)} for part in PARTS]
    assert all(parts)
    assert sum(map(len, parts)) == 41
    assert set.union(*parts) == set(range(40)) | {50}
    with pytest.raises(DatasetError, match="photographs without a face were expected"):
        face_free(tmp_path / "nowhere", "train")


def test_a_background_is_of_one_part_alone_in_whatever_size_or_light(tmp_path: Path) -> None:
    for number in range(40):
        rng = np.random.default_rng(number)
        pixels = rng.integers(0, 250, (16, 16, 1), np.uint8).repeat(3, axis=2).repeat(4, axis=0).repeat(4, axis=1)
        Pillow.fromarray(pixels).save(tmp_path / f"{number:02d}.png")
        if number % 2:
            Pillow.fromarray(pixels[:, ::-1] // 2).resize((90, 90)).save(tmp_path / f"{number:02d}_small.png")
    names = {part: {file.name[:2] for file in tmp_path.iterdir() if part_of(file.name) == part} for part in PARTS}
    assert names["val"] & names["train"]
    assert names["test"] & (names["val"] | names["train"])
    counts = {part: len(face_free(tmp_path, part)) for part in PARTS}
    assert counts["val"] == len(names["val"] - names["train"])
    assert counts["test"] == len(names["test"] - names["val"] - names["train"])


def test_what_is_too_small_is_no_background(tmp_path: Path) -> None:
    for name, size in {"a": (1, 30), "b": (30, 7), "c": (5000, 30), "d": (8, 8)}.items():
        Pillow.new("RGB", size, "red").save(tmp_path / f"{name}.png")
    found = [one for part in PARTS for one in pictures_of(tmp_path, [part])]
    assert [one.shape[:2] for one in found] == [(8, 8)]


@pytest.mark.parametrize("command", ["label", "measure"])
@pytest.mark.parametrize("teacher", ["nowhere.onnx", "damaged.onnx"])
def test_a_teacher_that_is_none(
    command: str, teacher: str, data: Path, backgrounds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "damaged.onnx").write_bytes(b"no network")
    (tmp_path / "labels").mkdir()
    made.labels(tmp_path / "labels")
    folders = ["--data", str(data), "--work", str(tmp_path), "--teacher", str(tmp_path / teacher)]
    scenes = ["--backgrounds", str(backgrounds), "--models", str(MODELS)] if command == "measure" else []
    assert main(["finder", command, *folders, *scenes]) == 1
    assert "the teacher was expected in" in capsys.readouterr().err


def test_what_was_not_trained_is_not_exported(
    data: Path, backgrounds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = ["--data", str(data), "--work", str(tmp_path), "--backgrounds", str(backgrounds)]
    assert main(["finder", "export", *folders, "--models", str(MODELS)]) == 1
    assert "run `python -m training finder train` first" in capsys.readouterr().err


def test_surroundings_leave_the_face_out() -> None:
    marked = HEAD.copy()
    marked[57:168] = 7
    assert not (surroundings(marked, FACE) == 7).all(axis=(1, 2)).any()


def test_yaw_is_how_far_the_nose_left_the_middle_of_the_eyes() -> None:
    assert yaw(FACE[0]) == pytest.approx(0.5 / 43, abs=2e-3)
    aside = FACE[0].copy()
    aside[8] += 43
    assert yaw(aside) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("part", "turned", "harder"), [("train", 0.4, (0.35, 0.3)), ("test", 0.0, (0.2, 0.1))])
def test_turned_and_covered_heads_and_dark_scenes_are_learnt_from_more_often(
    part: Part,
    turned: float,
    harder: tuple[float, float],
    data: Path,
    backgrounds: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One turned photograph among all those of a part."""
    made.labels(tmp_path)
    plain = Stock(data, tmp_path, backgrounds, part)
    first = plain.photographs["aaf"][0][1]
    first[0, 8] += 2 * LEAST_YAW * (first[0, 6] - first[0, 4])
    monkeypatch.setattr("training.finder.stock.labelled", lambda name, *_: plain.photographs[name])
    stock = Stock(data, tmp_path, backgrounds, part)
    rng, shown, shares = np.random.default_rng(1), [], set()

    def drawn(_rng: Rng, _size: Size, photographs: list[Labelled], *others: Any) -> None:
        shown.extend(photographs)
        shares.add(others[-2:])

    monkeypatch.setattr("training.finder.stock.scene", drawn)
    for _ in range(300):
        stock.scene(rng, SIZE, 1)
    natural = 0.35 / len(plain.photographs["aaf"])
    found = np.mean([rows is first for _, rows in shown])
    assert found == pytest.approx(turned + (1 - turned) * natural, abs=0.08)
    assert shares == {harder}


def test_a_box_finds_one_face() -> None:
    rows = np.concatenate([np.ones((1, 1)), FACE], axis=1).astype(np.float32)
    assert matched(FACE, np.concatenate([rows_of([]), rows, rows])) == {0: 0}
    assert matched(np.concatenate([FACE, FACE]), rows) == {0: 0}
    assert matched(FACE, rows + np.float32(90)) == {}
    assert error(FACE[0], rows[0]) == 0
    assert error(FACE[0], rows[0] + 4.3) == pytest.approx(4.3 * np.sqrt(2) / np.hypot(43, 2), rel=1e-3)


def test_bands_and_races_without_faces_are_left_out() -> None:
    truths = [Truth(places=dict.fromkeys(measure.BANDS, width), errors={"a": 0.1}, race="Black") for width in (33, 50)]
    crowd = Trial(truths=truths, false={"a": 0}, seconds={"a": 0.1})
    found = measure.figures("a", [crowd], [crowd], truths[:1])
    assert found["recall_by_width"] == {name: {"faces": 1, "recall": 1} for name in ("32–40", "40–80")}
    assert found["recall_by_race"] == {}


def test_backgrounds_that_show_a_face_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Sees:
        def rows(self, scene: float) -> Floats:
            return np.full((1, 15), scene)

    class Scenes:
        best = iter((0.2, 0.995, 0.7))

        def scene(self, *_: object, **__: object) -> list[float]:
            return [next(self.best)]

    monkeypatch.setattr(export, "served", lambda _: Sees())
    monkeypatch.setattr(export, "SCENES", 3)
    stock: Any = Scenes()
    with pytest.raises(DatasetError, match=r"without a face were expected, in some the score is 0\.99"):
        export.level(tmp_path, stock, 0)
    stock.best = iter((0.2, 0.995, 0.7))
    assert export.level(tmp_path, stock, 1) == 0.71


def test_a_teacher_that_is_another_network(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="YuNet as ONNX"):
        teacher.detector(made.onnx(tmp_path), (160, 160))


def test_the_teacher_says_faces_largest_first() -> None:
    class Yunet:
        def setInputSize(self, size: tuple[int, int]) -> None:  # noqa: N802
            assert size == (512, 300)

        def detect(self, image: Floats) -> tuple[int, Floats | None]:
            assert image[0, 0].tolist() == [3, 2, 1]  # BGR
            one = np.array([10, 20, 30, 40, *range(10), 0.9], np.float32)
            return 1, np.stack([one, one * np.array([1, 1, 2, 2, *[1] * 11], np.float32)])

    picture = np.tile(np.array([1, 2, 3], np.uint8), (300, 512, 1))
    found = teacher.faces(Yunet(), picture)
    np.testing.assert_allclose(found[:, :5], [[0.9, 10, 20, 70, 100], [0.9, 10, 20, 40, 60]])
    np.testing.assert_allclose(found[0, 5:], range(10))


@pytest.fixture(scope="module")
def backgrounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backgrounds")
    for number in range(20):
        top, left = number // 4 * 80, number % 4 * 150
        Pillow.fromarray(coffee()[top : top + 80, left : left + 150]).save(folder / f"{number:02d}.png")
    return folder


def test_from_labels_to_a_served_finder(
    data: Path, backgrounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work, models = tmp_path / "work", tmp_path / "models"
    for folder in (work / "labels", models):
        folder.mkdir(parents=True)
    made.labels(work / "labels")
    shutil.copy(MODELS / "probe.jpg", models)
    for name, value in {"BATCH": 4, "BATCHES": 20, "EPOCHS": 1}.items():
        monkeypatch.setattr(fit, name, value)
    monkeypatch.setattr(export, "SCENES", 6)
    monkeypatch.setattr(export, "measure", partial(measure.measure, scenes=6, alone=2))
    folders = ["--data", str(data), "--work", str(work), "--backgrounds", str(backgrounds)]
    assert main(["finder", "train", *folders]) == 0
    assert main(["finder", "export", *folders, "--models", str(models)]) == 0
    printed = capsys.readouterr().out
    metrics = json.loads(printed[printed.index("{\n") :])
    card = json.loads((models / "finder.json").read_text())
    assert card["metrics"] == metrics
    assert 0 <= metrics["recall"]["recall"] <= 1
    assert set(metrics["recall_by_race"]) == {"Black"}
    assert (models / "finder.tflite").stat().st_size == card["bytes"] < 1_000_000

    for file in backgrounds.iterdir():
        shutil.copy(file, tmp_path / f"other {file.name}")
    folders[-1] = str(tmp_path)
    assert main(["finder", "export", *folders, "--models", str(models)]) == 1
    assert "were expected as the finder has learnt from them" in capsys.readouterr().err


def test_what_is_missing_is_said(
    data: Path, backgrounds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DatasetError, match="finder label"):
        Stock(data, tmp_path, backgrounds, "train")
    with pytest.raises(DatasetError, match="finder train"):
        export.trained(tmp_path / "model.keras")
    assert main(["finder", "label", "--data", str(data), "--work", str(tmp_path), "--teacher", "nowhere.onnx"]) == 1
    assert "nowhere.onnx" in capsys.readouterr().err

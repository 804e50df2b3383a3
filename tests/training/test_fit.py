"""Fitting: what is learnt, what of it is exported, and what a run that was ended leaves."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import keras
import numpy as np
import pytest
from keras import layers

from facelab.order import in_order
from tests.builders import MODELS
from tests.training.made import rows
from training import fit, tasks
from training.datasets import LAST_YEAR, DatasetError
from training.export import trained
from training.fit import train
from training.networks import averaging, colour_input
from training.prepare import prepare
from training.sequence import COMPONENTS, Faces, Prepared
from training.task import Task, Weights

HELPERS = fit.helpers  # which other tests go without
SIDE = tasks.task("gender").frame["size"]

pytestmark = pytest.mark.usefixtures("precision")


def small_network(inputs: Mapping[str, Any], outputs: int, _weights: Weights) -> keras.Model:
    image = colour_input(inputs)
    return averaging("small", layers.Conv2D(4, 3)(image), outputs, image)


def wide_network(inputs: Mapping[str, Any], outputs: int, _weights: Weights) -> keras.Model:
    image = colour_input(inputs)
    return averaging("small", layers.Conv2D(8, 3)(image), outputs, image)


def test_helpers_make_each_batch_once(small: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the first, by which Keras knows their kind."""
    begun: list[tuple[int, int]] = []

    def counted(pool: Executor, function: Callable[[Any], Any], places: Iterable[Any], ahead: int) -> Iterator[Any]:
        def noted() -> Iterator[Any]:
            for place in places:
                begun.append(place)
                yield place

        return in_order(pool, function, noted(), ahead)

    monkeypatch.setattr("training.sequence.in_order", counted)
    monkeypatch.setattr("training.fit.helpers", lambda: 1)
    train(small, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    batches = len(Prepared(tmp_path / "prepared" / "aaf").of_split("train"))
    wanted = [(epoch, number) for epoch in range(2) for number in range(batches)]
    assert [begun.count(place) for place in wanted[4:]] == [1] * (len(wanted) - 4)


def test_a_training_that_has_ended_is_left_alone(small: Task, tmp_path: Path) -> None:
    train(small, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    file = tmp_path / "gender" / "model.keras"
    before = file.read_bytes()
    train(small, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    assert file.read_bytes() == before
    assert epochs(tmp_path) == ["0", "1"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the log that a kill leaves open
def test_a_training_that_was_ended_learns_what_it_would_have(
    small: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(small, tmp_path / "prepared", tmp_path / "whole", weights=None, precision="float32")
    ended_after_an_epoch(small, tmp_path, monkeypatch)
    train(small, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    assert epochs(tmp_path) == ["0", "1"]
    one, other = (trained(small, folder / "gender" / "model.keras") for folder in (tmp_path / "whole", tmp_path))
    for weights, others in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, others)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("change", ["network", "recipe", "weights", "precision", "faces"])
def test_a_training_that_was_ended_goes_on_as_itself_alone(
    change: str, small: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_after_an_epoch(small, tmp_path, monkeypatch)
    others: dict[str, Any] = {"network": wide_network, "recipe": replace(small.recipe, learning_rate=0.5)}
    changed = {change: others[change]} if change in others else {}
    start = "imagenet" if change == "weights" else None  # which that network does not look at
    precision = "mixed_bfloat16" if change == "precision" else "float32"
    if change == "faces":
        np.save(tmp_path / "prepared" / "aaf" / "landmarks.npy", np.ones((6, 68, 2), np.float32))
    with pytest.raises(DatasetError, match=r"gender/backup is of another network or recipe, or of other faces"):
        train(replace(small, **changed), tmp_path / "prepared", tmp_path, weights=start, precision=precision)


def ended_after_an_epoch(task: Task, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = Faces.start
    with monkeypatch.context() as killed:
        killed.setattr(Faces, "start", lambda faces, epoch: interrupted() if epoch else start(faces, epoch))
        with pytest.raises(KeyboardInterrupt):
            train(task, folder / "prepared", folder, weights=None, precision="float32")


def interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_training_that_ended_while_its_model_was_written_only_writes_it(
    small: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr("keras.Model.save", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            train(small, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    assert not (tmp_path / "gender" / "model.keras").exists()
    train(small, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    assert epochs(tmp_path) == ["0", "1"]
    assert sorted(path.name for path in (tmp_path / "gender").iterdir()) == ["history.csv", "model.keras"]


def test_a_first_backup_that_was_cut_is_thrown_away(small: Task, tmp_path: Path) -> None:
    backup = tmp_path / "gender" / "backup"
    backup.mkdir(parents=True)
    (backup / "latest.weights.h5").write_bytes(b"half")
    train(small, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    assert epochs(tmp_path) == ["0", "1"]


@pytest.fixture
def small(data: Path, tmp_path: Path) -> Task:
    """Gender with a small network, two epochs of its prepared faces."""
    prepare("aaf", data, tmp_path / "prepared", MODELS)
    gender = tasks.task("gender")
    constants: dict[str, Any] = {
        "datasets": {"aaf": ("train", None)},
        "epochs": 2,
        "batch": 1,
        "distillation": 0.0,
        "mixed": 0.0,
        "repeated": {},
        "ages": 0.0,
        "small": None,
        "frozen": 0,
    }
    return replace(gender, network=small_network, recipe=replace(gender.recipe, **constants))


def epochs(work: Path) -> list[str]:
    return [row["epoch"] for row in rows(work / "gender" / "history.csv")]


@pytest.mark.parametrize(("cores", "helpers"), [(1, 0), (4, 0), (5, 2), (16, 8), (64, 8)])
def test_half_of_many_cores_help(cores: int, helpers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
    assert HELPERS() == helpers


def test_small_pictures_first(small: Task, tmp_path: Path) -> None:
    tiny = replace(small, recipe=replace(small.recipe, small=(64, 1)))
    train(tiny, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    learnt = keras.saving.load_model(tmp_path / "gender" / "model.keras", compile=False)
    assert learnt.inputs[0].shape == (None, None, None, 3)
    served, picture = trained(tiny, tmp_path / "gender" / "model.keras"), np.ones((1, SIDE, SIDE, 3), np.float32)
    assert served.inputs[0].shape == (None, SIDE, SIDE, 3)
    np.testing.assert_allclose(served({"image": picture}), learnt({"image": picture}), rtol=1e-4)


def test_what_is_learnt_beside_the_label_is_not_exported(small: Task, tmp_path: Path) -> None:
    recipe = replace(small.recipe, ages=0.1, distillation=2.0, soft_labels=0.5, epochs=60, learning_rate=0.05)
    student = replace(small, recipe=recipe)
    soft = np.zeros((len(Prepared(tmp_path / "prepared" / "aaf").rows), COMPONENTS + 2 + LAST_YEAR + 1), np.float16)
    soft[:, 0] = 3
    soft[:, COMPONENTS + 1] = soft[:, -1] = 1
    np.save(tmp_path / "prepared" / "aaf" / "gender.npy", soft)
    train(student, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    losses = [float(row["loss"]) for row in rows(tmp_path / "gender" / "history.csv")]
    assert losses[0] > 10 * losses[-1]
    exported, picture = trained(student, tmp_path / "gender" / "model.keras"), np.ones((1, SIDE, SIDE, 3), np.float32)
    assert exported({"image": picture}).shape == (1, 2 + LAST_YEAR + 1)


def test_a_model_of_another_recipe(small: Task, tmp_path: Path) -> None:
    train(small, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    file = tmp_path / "gender" / "model.keras"
    damaged = r"model\.keras is damaged or of another network; remove it and run .* train gender"
    with pytest.raises(DatasetError, match=damaged):
        trained(tasks.task("gender"), file)
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(DatasetError, match=damaged):
        trained(small, file)


def test_frozen_is_what_lies_before_the_next_convolution() -> None:
    fit.freeze(model := fit.build(tasks.task("gender"), None), 2)
    frozen = [type(layer).__name__ for layer in model.get_layer("inception_v3").layers if not layer.trainable]
    assert frozen == ["InputLayer", *["Conv2D", "BatchNormalization", "Activation"] * 2]


@pytest.mark.parametrize(("weights", "count", "frozen"), [("imagenet", 3, [3]), ("imagenet", 0, []), (None, 3, [])])
def test_random_weights_are_not_frozen(
    weights: Weights, count: int, frozen: list[int], small: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze = Mock()
    monkeypatch.setattr("training.fit.freeze", freeze)
    task = replace(small, recipe=replace(small.recipe, frozen=count))
    train(task, tmp_path / "prepared", tmp_path, weights=weights, precision="float32")
    assert [call.args[1] for call in freeze.call_args_list] == frozen

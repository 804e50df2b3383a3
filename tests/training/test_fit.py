"""Fitting: what learnt from crops of several sizes is exported for one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from facelab.order import in_order
from tests.builders import MODELS
from training import fit, tasks
from training.export import trained
from training.fit import train
from training.networks import averaging, colour_input
from training.prepare import prepare
from training.sequence import Prepared
from training.task import Weights

HELPERS = fit.helpers  # which other tests go without

pytestmark = pytest.mark.usefixtures("precision")


def small_network(inputs: Mapping[str, Any], outputs: int, _weights: Weights) -> keras.Model:
    image = colour_input(inputs)
    return averaging("small", layers.Conv2D(4, 3)(image), outputs, image)


def test_helpers_make_each_batch_once(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the first, by which Keras knows their kind."""
    begun: list[tuple[int, int]] = []

    def counted(pool: Executor, function: Callable[[Any], Any], places: Iterable[Any], ahead: int) -> Iterator[Any]:
        def noted() -> Iterator[Any]:
            for place in places:
                begun.append(place)
                yield place

        return in_order(pool, function, noted(), ahead)

    prepare("aaf", data, tmp_path / "prepared", MODELS)
    monkeypatch.setattr("training.sequence.in_order", counted)
    monkeypatch.setattr("training.fit.helpers", lambda: 1)
    gender = tasks.task("gender")
    constants: dict[str, Any] = {"datasets": {"aaf": ("train", None)}, "epochs": 2, "batch": 1, "small": None}
    tiny = replace(gender, network=small_network, recipe=replace(gender.recipe, **constants))
    train(tiny, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    batches = len(Prepared(tmp_path / "prepared" / "aaf").of_split("train"))
    wanted = [(epoch, number) for epoch in range(2) for number in range(batches)]
    assert [begun.count(place) for place in wanted[4:]] == [1] * (len(wanted) - 4)


@pytest.mark.parametrize(("cores", "helpers"), [(1, 0), (4, 0), (5, 2), (16, 8), (64, 8)])
def test_half_of_many_cores_help(cores: int, helpers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
    assert HELPERS() == helpers


def test_small_pictures_first(data: Path, tmp_path: Path) -> None:
    prepare("aaf", data, tmp_path / "prepared", MODELS)
    gender = tasks.task("gender")
    constants: dict[str, Any] = {"datasets": {"aaf": ("train", None)}, "epochs": 2, "batch": 1, "small": (64, 1)}
    tiny = replace(gender, network=small_network, recipe=replace(gender.recipe, **constants))
    learnt = train(tiny, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    assert learnt.inputs[0].shape == (None, None, None, 3)
    served, picture = trained(tiny, tmp_path / "gender" / "model.keras"), np.ones((1, 96, 96, 3), np.float32)
    assert served.inputs[0].shape == (None, 96, 96, 3)
    np.testing.assert_allclose(served({"image": picture}), learnt({"image": picture}), rtol=1e-4)

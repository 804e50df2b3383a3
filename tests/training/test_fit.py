"""Fitting: what learnt from crops of several sizes is exported for one."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from tests.builders import MODELS
from training import tasks
from training.export import trained
from training.fit import train
from training.networks import averaging, colour_input
from training.prepare import prepare
from training.task import Weights

pytestmark = pytest.mark.usefixtures("precision")


def small_network(inputs: Mapping[str, Any], outputs: int, _weights: Weights) -> keras.Model:
    image = colour_input(inputs)
    return averaging("small", layers.Conv2D(4, 3)(image), outputs, image)


def test_small_pictures_first(data: Path, tmp_path: Path) -> None:
    prepare("aaf", data, tmp_path / "prepared", MODELS)
    gender = tasks.task("gender")
    constants: dict[str, Any] = {"datasets": {"aaf": ("train", None)}, "epochs": 2, "batch": 1, "small": (64, 1)}
    tiny = replace(gender, network=small_network, recipe=replace(gender.recipe, **constants))
    learnt = train(tiny, tmp_path / "prepared", tmp_path, weights=None, precision="float32")
    assert learnt.inputs[0].shape == (None, None, None, 3)
    served, picture = trained(tiny, tmp_path / "gender" / "model.keras"), np.ones((1, 112, 112, 3), np.float32)
    assert served.inputs[0].shape == (None, 112, 112, 3)
    np.testing.assert_allclose(served({"image": picture}), learnt({"image": picture}), rtol=1e-4)

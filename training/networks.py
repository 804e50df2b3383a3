"""What networks in Keras are made of: the parts that several share."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from facelab.features import vector
from training.datasets import DatasetError


def features_length(inputs: Mapping[str, Any]) -> int:
    """How many numbers HOG and landmarks are."""
    size = inputs["frame"]["size"]
    return len(vector(np.zeros((size, size), np.uint8), np.zeros((68, 2), np.float32), inputs["hog"]))


def downloaded(name: str) -> str:
    """Keras' own ImageNet weights of an application, as a file: its builder fetches them into its cache."""
    application(name, weights="imagenet")
    cache = Path(keras.config.keras_home()) / "models"
    return str(next(cache.glob(f"{'inception_v3' if name == 'InceptionV3' else 'vgg16'}_*_notop.h5")))


def application(name: str, **options: Any) -> keras.Model:
    """A network of `keras.applications` to its last cells. Raises DatasetError where its weights cannot be fetched."""
    try:
        return getattr(keras.applications, name)(include_top=False, **options)
    except Exception as error:  # Keras has no kind of its own for it
        raise DatasetError(f"{name} with {options} was expected: {error}") from None


def started(backbone: keras.Model, weights: Path | str) -> None:
    """Give a backbone the weights of a file. Raises DatasetError where they are not its own."""
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


def model(name: str, answer: Any, *inputs: Any) -> keras.Model:
    return keras.Model({one.name: one for one in inputs}, answer, name=name)

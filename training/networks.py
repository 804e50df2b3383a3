"""The three networks in Keras. All take pixels from 0 to 255 and answer logits in float32."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from facelab.features import vector

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406])
IMAGENET_STD = np.array([0.229, 0.224, 0.225])
# Convolutions and filters of each stage. One is enough at 48×48, where most of the time goes.
EMOTION_STAGES = ((1, 32), (2, 64), (3, 128), (3, 256))


def emotion(inputs: Mapping[str, Any], outputs: int) -> keras.Model:
    """Four stages of 3×3 convolutions beside HOG and landmarks, joined before the classifier.

    After the plain network of amineHorseman's facial-expression-recognition-using-cnn, with VGG's pairs of
    convolutions (arXiv 1409.1556) and batch normalisation (arXiv 1502.03167).
    """
    size = inputs["frame"]["size"]
    image = keras.Input((size, size, 1), name="image")
    features = keras.Input((features_length(inputs),), name="features")
    # Less the picture's mean and over its deviation, so that light and contrast make no difference.
    x = layers.LayerNormalization(axis=(1, 2, 3), epsilon=1.0, center=False, scale=False)(image)
    for convolutions, filters in EMOTION_STAGES:
        for _ in range(convolutions):
            x = _convolution(x, filters)
        x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    y = layers.BatchNormalization()(features)
    y = layers.Dense(64, use_bias=False)(y)
    y = layers.Activation("relu")(layers.BatchNormalization()(y))
    joined = layers.Dropout(0.3)(layers.Concatenate()([x, y]))
    return _model("emotion", _logits(joined, outputs), image, features)


def gender(inputs: Mapping[str, Any], outputs: int, weights: Path | str | None = "imagenet") -> keras.Model:
    """Inception V3 (arXiv 1512.00567) with average pooling and dropout before the classifier.

    `weights`: a file for `keras.applications.InceptionV3(include_top=False)`, None for random ones, or
    "imagenet" for those that Keras downloads.
    """
    image = _colour_input(inputs)
    backbone = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=image.shape[1:])
    if weights:
        backbone.load_weights(weights if weights != "imagenet" else _downloaded("InceptionV3"))
    x = backbone(layers.Rescaling(1 / 127.5, offset=-1)(image))
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return _model("gender", _logits(x, outputs), image)


def age(inputs: Mapping[str, Any], outputs: int, weights: Path | str | None = "imagenet") -> keras.Model:
    """VGG16's convolutions (arXiv 1409.1556), average pooling, and a logit for each year (DEX, IJCV 2018).

    `weights`: a file for `keras.applications.VGG16(include_top=False)` that expects RGB less ImageNet's
    mean over its deviation, None for random ones, or "imagenet" for those that Keras downloads.
    """
    image = _colour_input(inputs)
    backbone = keras.applications.VGG16(include_top=False, weights=None, input_shape=image.shape[1:])
    if weights == "imagenet":
        backbone.load_weights(_downloaded("VGG16"))
        take_normalised_rgb(backbone.get_layer("block1_conv1"))
    elif weights:
        backbone.load_weights(weights)
    variance = (255 * IMAGENET_STD) ** 2
    x = backbone(layers.Normalization(mean=255 * IMAGENET_MEAN, variance=variance)(image))
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return _model("age", _logits(x, outputs), image)


BUILDERS: Mapping[str, Callable[..., keras.Model]] = {"emotion": emotion, "gender": gender, "age": age}


def features_length(inputs: Mapping[str, Any]) -> int:
    """How many numbers HOG and landmarks are."""
    size = inputs["frame"]["size"]
    return len(vector(np.zeros((size, size), np.uint8), np.zeros((68, 2), np.float32), inputs["hog"]))


def take_normalised_rgb(convolution: layers.Conv2D) -> None:
    """Turn a first layer that expects Caffe's input (BGR less the mean) into one for RGB over its deviation.

    The two differ by an order of channels and a scale, which the kernel takes in; their means agree within
    half a gray value.
    """
    kernel, *bias = convolution.get_weights()
    convolution.set_weights([kernel[:, :, ::-1] * (255 * IMAGENET_STD)[:, None], *bias])


def freeze(model: keras.Model, first: int) -> None:
    """Let the backbone's first layers keep their weights."""
    backbone = next((layer for layer in model.layers if isinstance(layer, keras.Model)), None)
    for layer in backbone.layers[:first] if backbone else ():
        layer.trainable = False


def _downloaded(name: str) -> str:
    """Keras' own ImageNet weights of an application, as a file: its builder fetches them into its cache."""
    getattr(keras.applications, name)(include_top=False, weights="imagenet")
    cache = Path(keras.config.keras_home()) / "models"
    return str(next(cache.glob(f"{'inception_v3' if name == 'InceptionV3' else 'vgg16'}_*_notop.h5")))


def _colour_input(inputs: Mapping[str, Any]) -> Any:
    size = inputs["frame"]["size"]
    return keras.Input((size, size, 3), name="image")


def _convolution(x: Any, filters: int) -> Any:
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    return layers.Activation("relu")(layers.BatchNormalization()(x))


def _logits(x: Any, outputs: int) -> Any:
    return layers.Dense(outputs, dtype="float32", name="logits")(x)


def _model(name: str, logits: Any, *inputs: Any) -> keras.Model:
    return keras.Model({one.name: one for one in inputs}, logits, name=name)

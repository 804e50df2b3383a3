"""Age: VGG16 with a distribution over years, on faces of all ages; the network for gender has the second opinion."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import layers

from training.datasets import AGE_RANGES, FACES_OF_ALL_AGES, LAST_YEAR
from training.networks import application, averaging, colour_input
from training.recipes import HEAD_FRAME, Recipe
from training.task import Task, Weights
from training.texts import APPEARANCE, FACTORS, FORBIDDEN, TAUGHT_FACES, TAUGHT_LICENCE, USE, Text, Words

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406])
IMAGENET_STD = np.array([0.229, 0.224, 0.225])


def network(inputs: Mapping[str, Any], outputs: int, weights: Weights) -> keras.Model:
    """VGG16's convolutions (arXiv 1409.1556), average pooling, and a logit for each year (DEX, IJCV 2018).

    The last pooling is left out: of a crop of 80 pixels 5×5 cells come to the average, instead of 2×2 less an edge.

    `weights`: a file for `keras.applications.VGG16(include_top=False)` that expects RGB less ImageNet's
    mean over its deviation, None for random ones, or "imagenet" for those that Keras downloads.
    """
    image = colour_input(inputs)
    backbone = application("VGG16", weights, image)
    if weights == "imagenet":
        take_normalised_rgb(backbone.get_layer("block1_conv1"))
    variance = (255 * IMAGENET_STD) ** 2
    features = keras.Model(backbone.input, backbone.get_layer("block5_conv3").output, name="vgg16")
    cells = features(layers.Normalization(mean=255 * IMAGENET_MEAN, variance=variance)(image))
    return averaging("age", cells, outputs, image)


def take_normalised_rgb(convolution: layers.Conv2D) -> None:
    """Turn a first layer that expects Caffe's input (BGR less the mean) into one for RGB over its deviation.

    The two differ by an order of channels and a scale, which the kernel takes in; their means agree within
    half a gray value.
    """
    kernel, *bias = convolution.get_weights()
    convolution.set_weights([kernel[:, :, ::-1] * (255 * IMAGENET_STD)[:, None], *bias])


WORDS: Words = {
    "title": Text("Apparent age", "Edad aparente"),
    "use": USE,
    "factors": FACTORS,
    "data": TAUGHT_FACES,
    "limits": [
        APPEARANCE,
        Text(
            "Light, make-up, glasses and a poor camera move the answer by years: read the interval.",
            "La luz, el maquillaje, las gafas y una mala cámara desvían la respuesta en años: lee el intervalo.",
        ),
        Text("Not fit to decide who is of age.", "No vale para decidir quién es mayor de edad."),
        FORBIDDEN,
    ],
    "licence": TAUGHT_LICENCE,
}

TASK = Task(
    name="age",
    label=None,
    words=WORDS,
    datasets=FACES_OF_ALL_AGES,
    recipe=Recipe(
        inputs={"frame": {"size": 80, **HEAD_FRAME}, "gray": False},
        output={
            "kind": "years",
            "last": LAST_YEAR,
            "ranges": {k: list(v) for k, v in AGE_RANGES.items()},
            "second": "gender",
            "second_share": 0.75,
        },
        datasets={"aaf": ("train", None), "utkface": ("train", None), "fairface": ("train", None)},
        validation=("aaf", "val"),
        epochs=16,
        batch=128,
        optimizer="adamw",
        learning_rate=1.5e-4,
        weight_decay=5e-2,
        warmup_epochs=1,
    ),
    network=network,
)

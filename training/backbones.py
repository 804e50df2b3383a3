"""The networks that are compared: makers as `training.task.Task` wants them, by the name that the table says."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
from keras import layers

from training import levi_hassner
from training.networks import application, colour_input, judging
from training.task import Weights
from training.tasks import age, gender

LEVI_HASSNER = "Levi & Hassner"


def vgg16(inputs: Mapping[str, Any], outputs: int, weights: Weights) -> keras.Model:
    """VGG16 as `training.tasks.age` has it; random weights are drawn as for rectifiers (arXiv 1502.01852).

    As Keras draws them, a face's signal dies away in thirteen layers that have no normalisation, and nothing is learnt.
    """
    made = age.network(inputs, outputs, weights)
    if weights is None:
        for layer in made.get_layer("vgg16").layers:
            if isinstance(layer, layers.Conv2D):
                layer.kernel.assign(keras.initializers.HeNormal()(layer.kernel.shape))
    return made


def mobilenet_v2(inputs: Mapping[str, Any], outputs: int, weights: Weights) -> keras.Model:
    """MobileNet V2 (arXiv 1801.04381), whose batch normalisation forgets as fast as the others' here.

    Keras gives it a momentum of 0.999: after a thousand batches a third of its mean and variance would still be those
    that it began with.
    """
    image = colour_input(inputs)
    backbone = application("MobileNetV2", weights, image)
    for layer in backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.99
    return judging("mobilenet_v2", backbone, image, outputs)


def inception_resnet_v2(inputs: Mapping[str, Any], outputs: int, weights: Weights) -> keras.Model:
    """Inception ResNet V2 (arXiv 1602.07261), for 75 pixels or more."""
    image = colour_input(inputs)
    backbone = application("InceptionResNetV2", weights, image)
    return judging("inception_resnet_v2", backbone, image, outputs)


NETWORKS: Mapping[str, Callable[[Mapping[str, Any], int, Weights], keras.Model]] = {
    "Inception V3": partial(gender.network, last="mixed10"),
    "Inception V3 to mixed7": gender.network,
    "VGG16": vgg16,
    "MobileNet V2": mobilenet_v2,
    "Inception ResNet V2": inception_resnet_v2,
    LEVI_HASSNER: levi_hassner.network,
}

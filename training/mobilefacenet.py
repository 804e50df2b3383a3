"""MobileFaceNet (arXiv 1804.07573), which knows faces, in Keras: what it learnt comes from an ONNX file."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import onnx
from google.protobuf.message import DecodeError
from keras import layers
from onnx import numpy_helper

from facelab.features import Floats
from training.datasets import DatasetError
from training.networks import colour_input, logits, model
from training.task import Weights

SIDE = 112
SEEN = 124  # of the crop whose middle it sees, so that the eyes stand 30 pixels apart; it learnt with 35
CUT = ((2, 10), (6, 6))  # rows and columns of it, first and last


def network(inputs: Mapping[str, Any], outputs: int, weights: Weights) -> keras.Model:
    """A network of crops of SEEN pixels that answers logits by what the network in `weights`, a file, embeds faces in.

    Raises DatasetError where it is none.
    """
    image = colour_input(inputs)
    embedded = backbone(weights)(layers.Rescaling(1 / 127.5, offset=-1)(layers.Cropping2D(CUT)(image)))
    return model("mobilefacenet", logits(layers.Dropout(0.2)(embedded), outputs), image)


def backbone(file: Weights) -> keras.Model:
    """An ONNX network of faces, (N, 3, 112, 112), as a Keras model of (N, 112, 112, 3). Raises DatasetError."""
    try:
        graph = onnx.load(str(file)).graph
        constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        image = keras.Input((SIDE, SIDE, 3))
        found = {graph.input[0].name: image}
        for node in graph.node:
            given = [found[name] for name in node.input if name in found]
            values = [constants[name] for name in node.input if name in constants]
            attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
            found[node.output[0]] = LAYERS[node.op_type](given, values, attributes)
        return keras.Model(image, found[graph.output[0].name], name="backbone")
    except (OSError, DecodeError, IndexError, KeyError, ValueError) as error:
        raise DatasetError(f"an ONNX network of faces was expected in {file}: {error!r}") from None


def _with(layer: layers.Layer, given: Any, *values: Floats) -> Any:
    answer = layer(given)
    layer.set_weights(values)
    return answer


def _convolution(given: Sequence[Any], values: Sequence[Floats], attributes: Mapping[str, Any]) -> Any:
    """Kernels are (outputs, inputs of a group, height, width) there."""
    top, left, bottom, right = attributes["pads"]
    x = layers.ZeroPadding2D(((top, bottom), (left, right)))(given[0]) if any(attributes["pads"]) else given[0]
    kernel, bias = values
    size, strides, groups = kernel.shape[2:], attributes["strides"], attributes["group"]
    if groups == len(kernel) == x.shape[-1]:
        return _with(layers.DepthwiseConv2D(size, strides), x, kernel.transpose(2, 3, 0, 1), bias)
    convolution = layers.Conv2D(len(kernel), size, strides, groups=groups)
    return _with(convolution, x, kernel.transpose(2, 3, 1, 0), bias)


def _batch_normalization(given: Sequence[Any], values: Sequence[Floats], attributes: Mapping[str, Any]) -> Any:
    """Of what it learnt of its own faces, not of a batch of ours."""
    return _with(layers.BatchNormalization(epsilon=attributes["epsilon"], trainable=False), given[0], *values)


LAYERS: Mapping[str, Callable[[Sequence[Any], Sequence[Floats], Mapping[str, Any]], Any]] = {
    "Conv": _convolution,
    "PRelu": lambda given, values, _: _with(layers.PReLU(shared_axes=[1, 2]), given[0], values[0].reshape(1, 1, -1)),
    "Add": lambda given, _values, _: layers.Add()(given),
    # Channel by channel there.
    "Flatten": lambda given, _values, _: layers.Flatten()(layers.Permute((3, 1, 2))(given[0])),
    "Gemm": lambda given, values, _: _with(layers.Dense(len(values[1])), given[0], np.transpose(values[0]), values[1]),
    "BatchNormalization": _batch_normalization,
}

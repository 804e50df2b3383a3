"""Reads networks that were published for TensorFlow.js: a graph model, NAME.json, and the weights beside it [1].

.. [1] https://github.com/tensorflow/tfjs/tree/master/tfjs-converter, "Format conversion details"
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelab.features import Floats
from training.datasets import DatasetError


def graph_model(file: Path, output: str) -> Callable[[Floats], Floats]:
    """What a graph model of one input, (N, height, width, 3), says at the node `output`. Raises DatasetError."""
    import tensorflow as tf
    from google.protobuf import json_format

    try:
        described = json.loads(file.read_text())
        nodes = {"node": described["modelTopology"]["node"]}
        graph = json_format.ParseDict(nodes, tf.compat.v1.GraphDef(), ignore_unknown_fields=True)
        values = weights(described["weightsManifest"], file.parent)
        for node in graph.node:
            if node.op == "Const":
                node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values[node.name]))
        (image,) = [node.name for node in graph.node if node.op == "Placeholder"]
        spec = tf.TensorSpec([None, None, None, 3], tf.float32)
        ask = tf.compat.v1.wrap_function(
            lambda picture: tf.import_graph_def(graph, {image: picture}, [f"{output}:0"])[0], [spec]
        )
    except (OSError, ValueError, KeyError, TypeError, json_format.ParseError) as error:
        raise DatasetError(f"a graph model of TensorFlow.js was expected in {file}: {error!r}") from None
    return lambda pictures: np.asarray(ask(tf.constant(pictures)))


def weights(manifest: list[Mapping[str, Any]], folder: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a manifest by their names; those in 16 bits as float32. Raises KeyError for other quantisations."""
    found: dict[str, NDArray[Any]] = {}
    for group in manifest:
        content, start = b"".join((folder / name).read_bytes() for name in group["paths"]), 0
        for one in group["weights"]:
            stored = np.dtype({None: one["dtype"], "float16": "float16"}[one.get("quantization", {}).get("dtype")])
            values = np.frombuffer(content, stored, int(np.prod(one["shape"], dtype=int)), start)
            found[one["name"]] = values.reshape(one["shape"]).astype(one["dtype"])
            start += values.nbytes
    return found

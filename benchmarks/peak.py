"""How many 8-bit operations a second a core does at most, and how many a network needs.

The peak is that of a large matrix product in LiteRT itself. A multiplication and an addition are two operations.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as tflite
from ai_edge_litert.interpreter import Interpreter

ROWS, DEPTH, COLUMNS = 512, 2304, 512  # as large as VGG16's convolutions
# By operator: which of a kernel's axes are no factor of what one output takes.
OUTPUT_AXIS: Mapping[str, int] = {"CONV_2D": 0, "FULLY_CONNECTED": 0, "DEPTHWISE_CONV_2D": 3}


def peak(seconds: float = 1.0) -> float:
    """Operations a second of one core: the best of the products that fit into `seconds`."""
    interpreter = Interpreter(model_content=product(), num_threads=1)
    interpreter.allocate_tensors()
    rng = np.random.default_rng(1)
    interpreter.set_tensor(0, rng.integers(-127, 128, (ROWS, DEPTH), np.int8))
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        interpreter.invoke()
        best = min(best, time.perf_counter() - start)
    return 2 * ROWS * DEPTH * COLUMNS / best


def operations(model: Path) -> int:
    """Operations of a network's convolutions and products; the rest is next to nothing."""
    interpreter = Interpreter(model_path=str(model))
    interpreter.allocate_tensors()
    shapes = {one["index"]: one["shape"] for one in interpreter.get_tensor_details()}
    nodes = interpreter._get_ops_details()  # the only way to a graph's operators
    return sum(_operations(node, shapes) for node in nodes if node["op_name"] in OUTPUT_AXIS)


def product() -> bytes:
    """A LiteRT model of one 8-bit matrix product."""
    rng = np.random.default_rng(1)
    weights = rng.integers(-127, 128, (COLUMNS, DEPTH), np.int8)
    tensors = [_tensor("a", (ROWS, DEPTH), 0), _tensor("b", weights.shape, 1), _tensor("c", (ROWS, COLUMNS), 0)]
    operator = tflite.OperatorT()
    operator.inputs, operator.outputs = [0, 1, -1], [2]
    operator.builtinOptionsType = tflite.BuiltinOptions.FullyConnectedOptions
    operator.builtinOptions = tflite.FullyConnectedOptionsT()
    graph = tflite.SubGraphT()
    graph.tensors, graph.operators, graph.inputs, graph.outputs = tensors, [operator], [0], [2]
    code = tflite.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = tflite.BuiltinOperator.FULLY_CONNECTED
    code.version = 4
    empty, full = tflite.BufferT(), tflite.BufferT()
    full.data = weights.ravel().view(np.uint8)
    model = tflite.ModelT()
    model.version, model.subgraphs, model.operatorCodes, model.buffers = 3, [graph], [code], [empty, full]
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(name: str, shape: tuple[int, ...], buffer: int) -> Any:
    tensor, scale = tflite.TensorT(), tflite.QuantizationParametersT()
    scale.scale, scale.zeroPoint = [0.01], [0]
    tensor.name, tensor.shape, tensor.buffer, tensor.quantization = name, list(shape), buffer, scale
    tensor.type = tflite.TensorType.INT8
    return tensor


def _operations(node: Mapping[str, Any], shapes: Mapping[int, Any]) -> int:
    kernel = np.delete(shapes[node["inputs"][1]], OUTPUT_AXIS[node["op_name"]])
    return 2 * int(np.prod(kernel)) * int(np.prod(shapes[node["outputs"][0]]))

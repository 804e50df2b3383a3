"""Made data sets in the published layouts, of a public-domain face; no data set photograph is needed."""

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from onnx import TensorProto, save
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info
from onnx.numpy_helper import from_array
from PIL import Image as Pillow
from skimage.data import astronaut

from facelab.types import Image
from training.finder.teacher import COLUMNS

VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
CAFFE = """
input: "data" input_dim: 1 input_dim: 3 input_dim: 227 input_dim: 227
layer { name: "means" type: "Pooling" bottom: "data" top: "means" pooling_param { pool: AVE global_pooling: true } }
layer { name: "flat" type: "Flatten" bottom: "means" top: "flat" }
layer { name: "scaled" type: "Power" bottom: "flat" top: "scaled" power_param { scale: SCALE } }
layer { name: "prob" type: "Softmax" bottom: "scaled" top: "prob" }
"""


def portrait(number: int, side: int) -> Image:
    """The astronaut's head, a little shifted and lit otherwise for each number."""
    left, top = 110 + number % 7, 10 + number % 5
    crop = cv2.resize(astronaut()[top : top + 230, left : left + 230], (side, side), interpolation=cv2.INTER_AREA)
    return np.clip(crop * (0.8 + 0.05 * (number % 8)), 0, 255).astype(np.uint8)


def fer2013(folder: Path, training: int = 24, public_test: int = 8) -> None:
    with (folder / "fer2013.csv").open("w", newline="") as faces, (folder / "fer2013new.csv").open("w") as plus:
        pixels, votes = csv.writer(faces), csv.writer(plus)
        pixels.writerow(["emotion", "pixels", "Usage"])
        votes.writerow(["Usage", "Image name", *VOTES])
        for number in range(training + public_test):
            usage = "Training" if number < training else "PublicTest"
            gray = portrait(number, 48)[20:44, 12:36].mean(axis=2)
            gray = cv2.resize(gray, (48, 48)).astype(int)
            pixels.writerow([number % 7, " ".join(map(str, gray.ravel())), usage])
            votes.writerow([usage, "", *np.eye(7, dtype=int)[number % 7] * 10, 0, 0, 0])


def aaf_names() -> dict[int, str]:
    return {number: f"{number:05d}A{10 * number + 5:02d}.jpg" for number in range(6)}


def utkface_names() -> dict[int, str]:
    return {
        number: f"{number * 5 + 1}_{number % 2}_{number % 5}_2017010{number:02d}.jpg.chip.jpg" for number in range(20)
    }


def fairface_names() -> dict[int, str]:
    return {number: f"train/{number}.jpg" for number in (*range(1, 28), 31, 40)}  # the last two are in "dev"


def aaf(folder: Path) -> None:
    root = folder / "All-Age-Faces Dataset"
    (root / "original images").mkdir(parents=True)
    (root / "image sets").mkdir()
    for number, name in aaf_names().items():
        Pillow.fromarray(portrait(number, 300)).save(root / "original images" / name)
    rows = [f"{name} {number % 2}\n" for number, name in aaf_names().items()]
    (root / "image sets" / "train.txt").write_text("".join(rows[:4]))
    (root / "image sets" / "val.txt").write_text("".join(rows[4:]))


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def labels(folder: Path) -> Path:
    """The rows that a teacher would write for the three sets below, as its file has them."""
    box, points = (176, 67, 268, 178), (203, 101, 246, 103, 224, 125, 207, 145, 240, 146)
    samples = {"aaf": (300, aaf_names()), "utkface": (160, utkface_names()), "fairface": (160, fairface_names())}
    for dataset, (side, names) in samples.items():
        with (folder / f"{dataset}.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            for number, name in names.items():
                place = (np.reshape((*box, *points), (-1, 2)) - (110 + number % 7, 10 + number % 5)) * side / 230
                table.writerow([name, 0.9, *place.ravel().round(3)])
    return folder


def utkface(folder: Path) -> None:
    (folder / "UTKFace").mkdir()
    for number, name in utkface_names().items():
        Pillow.fromarray(portrait(number, 160)).save(folder / "UTKFace" / name)


def fairface(folder: Path) -> None:
    root = folder / "FairFace"
    (root / "train").mkdir(parents=True)
    ages = ["0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70"]
    with (root / "fairface_label_train.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "age", "gender", "race", "service_test"])
        for number, name in fairface_names().items():
            gender = "Female" if number % 2 else "Male"
            table.writerow([name, ages[number % 9], gender, "Black", "TRUE"])
            Pillow.fromarray(portrait(number, 160)).save(root / name)


def levi_hassner(folder: Path, task: str, scale: float = 1) -> None:
    """A network without weights: a softmax over the means of blue, green and red, times `scale`."""
    (folder / f"deploy_{task}.prototxt").write_text(CAFFE.replace("SCALE", str(scale)))
    (folder / f"{task}_net.caffemodel").write_bytes(b"")


def graph_model(folder: Path) -> Path:
    """A graph model for TensorFlow.js that sees the means of a picture's channels, halved."""
    half, axes = np.array(0.5, np.float16), np.array([1, 2], np.int32)
    (folder / "shard.bin").write_bytes(half.tobytes() + axes.tobytes())
    kinds = {"float32": "DT_FLOAT", "int32": "DT_INT32"}
    stored: list[dict[str, Any]] = [
        {
            "name": "half",
            "shape": [],
            "dtype": "float32",
            "quantization": {"dtype": "float16", "original_dtype": "float32"},
        },
        {"name": "axes", "shape": [2], "dtype": "int32"},
    ]
    nodes: list[dict[str, object]] = [
        {"name": "image", "op": "Placeholder", "attr": {"dtype": {"type": "DT_FLOAT"}}},
        *({"name": one["name"], "op": "Const", "attr": {"dtype": {"type": kinds[one["dtype"]]}}} for one in stored),
        {
            "name": "means",
            "op": "Mean",
            "input": ["image", "axes"],
            "attr": {"T": {"type": "DT_FLOAT"}, "Tidx": {"type": "DT_INT32"}},
        },
        {"name": "global_pooling/Mean", "op": "Mul", "input": ["means", "half"], "attr": {"T": {"type": "DT_FLOAT"}}},
    ]
    manifest = [{"paths": ["shard.bin"], "weights": stored}]
    file = folder / "faceres-deep.json"
    file.write_text(json.dumps({"modelTopology": {"node": nodes}, "weightsManifest": manifest}))
    return file


def onnx(folder: Path) -> Path:
    """A small ONNX network of each kind of layer that MobileFaceNet has; a picture becomes 6 numbers."""
    rng = np.random.default_rng(3)
    shapes = {
        "w1": (4, 3, 3, 3), "b1": (4,), "slope": (4, 1, 1), "w2": (4, 2, 3, 3), "b2": (4,), "w3": (4, 1, 3, 3),
        "b3": (4,), "dense": (6, 196), "bias": (6,), "scale": (6,), "shift": (6,), "mean": (6,),
    }  # fmt: skip
    values = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    values["variance"] = rng.uniform(1, 2, 6).astype(np.float32)
    convolution: dict[str, Any] = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes = [
        make_node("Conv", ["picture", "w1", "b1"], ["c1"], strides=[16, 16], group=1, **convolution),
        make_node("PRelu", ["c1", "slope"], ["p1"]),
        make_node("Conv", ["p1", "w2", "b2"], ["c2"], strides=[1, 1], group=2, **convolution),
        make_node("Conv", ["c2", "w3", "b3"], ["c3"], strides=[1, 1], group=4, **convolution),
        make_node("Add", ["p1", "c3"], ["sum"]),
        make_node("Flatten", ["sum"], ["flat"], axis=1),
        make_node("Gemm", ["flat", "dense", "bias"], ["product"], transB=1),
        make_node("BatchNormalization", ["product", "scale", "shift", "mean", "variance"], ["face"], epsilon=1e-5),
    ]
    ends = [
        make_tensor_value_info(name, TensorProto.FLOAT, [1, *sides])
        for name, sides in (("picture", (3, 112, 112)), ("face", (6,)))
    ]
    constants = [from_array(value, name) for name, value in values.items()]
    graph = make_graph(nodes, "faces", ends[:1], ends[1:], constants)
    save(make_model(graph, opset_imports=[make_opsetid("", 13)], ir_version=8), file := folder / "w600k_mbf.onnx")
    return file


def everything(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for make in (fer2013, aaf, utkface, fairface):
        make(folder)
    return folder

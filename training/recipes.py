"""What each network sees, learns from and how: the constants of the three trainings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.datasets import AGE_RANGES, EMOTIONS, GENDERS, LAST_YEAR

# Where FER2013's training faces have eyes and mouth, made symmetric; `python -m training frame` measures it.
FER2013_FRAME: Mapping[str, Any] = {"eyes": [[0.318, 0.387], [0.682, 0.387]], "mouth": [0.5, 0.79]}
# The same face two thirds as large, so that hair, ears and chin are in the picture.
HEAD_FRAME: Mapping[str, Any] = {"eyes": [[0.377, 0.42], [0.623, 0.42]], "mouth": [0.5, 0.692]}
# HOG as in amineHorseman's facial-expression-recognition-using-cnn.
HOG = {"orientations": 8, "pixels_per_cell": [16, 16], "cells_per_block": [1, 1]}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A training. `datasets`: the split learnt from and how many of its faces an epoch shows (None: all)."""

    inputs: Mapping[str, Any]  # see facelab.features
    output: Mapping[str, Any]  # see facelab.networks; calibration is added by the export
    datasets: Mapping[str, tuple[str, int | None]]
    validation: tuple[str, str]  # data set and split that calibrate and choose
    epochs: int
    batch: int
    optimizer: str  # a name in training.fit.OPTIMIZERS
    learning_rate: float
    weight_decay: float
    warmup_epochs: float
    frozen: int = 0  # layers of the backbone that keep their ImageNet weights
    label_smoothing: float = 0.0
    seed: int = 1


RECIPES: Mapping[str, Recipe] = {
    "emotion": Recipe(
        inputs={"frame": {"size": 48, **FER2013_FRAME}, "gray": True, "hog": HOG},
        output={"kind": "classes", "labels": list(EMOTIONS), "heads": ["votes", "label"]},
        datasets={"fer2013": ("Training", None)},
        validation=("fer2013", "PublicTest"),
        epochs=50,
        batch=64,
        optimizer="sgd",
        learning_rate=0.05,
        weight_decay=5e-4,
        warmup_epochs=1,
        label_smoothing=0.1,
    ),
    "gender": Recipe(
        inputs={"frame": {"size": 128, **HEAD_FRAME}, "gray": False},
        output={"kind": "classes", "labels": list(GENDERS)},
        datasets={"aaf": ("train", 4000), "utkface": ("train", 2000), "fairface": ("train", 1000)},
        validation=("aaf", "val"),
        epochs=4,
        batch=32,
        optimizer="adamw",
        learning_rate=3e-4,
        weight_decay=1e-2,
        warmup_epochs=0.3,
    ),
    "age": Recipe(
        inputs={"frame": {"size": 112, **HEAD_FRAME}, "gray": False},
        output={"kind": "years", "last": LAST_YEAR, "ranges": {k: list(v) for k, v in AGE_RANGES.items()}},
        datasets={"aaf": ("train", 4000), "utkface": ("train", 1500), "fairface": ("train", 500)},
        validation=("aaf", "val"),
        epochs=4,
        batch=32,
        optimizer="adamw",
        learning_rate=1e-4,
        weight_decay=1e-2,
        warmup_epochs=0.3,
        frozen=7,  # the first two blocks of VGG16 with their pooling
    ),
}

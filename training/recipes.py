"""The constants of a training: what its networks see of a face, what they learn from and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Where FER2013's training faces have eyes and mouth, made symmetric; `python -m training frame` measures it.
FER2013_FRAME: Mapping[str, Any] = {"eyes": [[0.318, 0.387], [0.682, 0.387]], "mouth": [0.5, 0.79]}
# The same face two thirds as large, so that hair, ears and chin are in the picture.
HEAD_FRAME: Mapping[str, Any] = {"eyes": [[0.377, 0.42], [0.623, 0.42]], "mouth": [0.5, 0.692]}
# HOG as in amineHorseman's facial-expression-recognition-using-cnn.
HOG = {"orientations": 8, "pixels_per_cell": [16, 16], "cells_per_block": [1, 1]}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A training.

    `datasets`: the split learnt from and how many of its faces an epoch shows (None: all).
    `small`: a side smaller than that of the crop, which costs less, and in how many of the first epochs faces are so;
    for networks of pixels alone that take the average of all places.
    `frozen`: the backbone's layers before the convolution that follows so many (depthwise ones do not count) stay as
    they start, if not from random weights. The first ones know edges and colours from ImageNet, and cost much of an
    epoch's time.
    `distillation`: how much the squared error of the teachers' components weighs (see training.teachers), which a
    network of classes, of one head, that averages its last cells and learns ages learns, too; 0: it has no teachers.
    `soft_labels`: the share of the teachers' probabilities in what it then learns of label and age.
    `mixed`: the probability that a face shines through another and its targets are as mixed (mixup, arXiv 1710.09412),
    for networks of pixels alone with teachers.
    `repeated`: by data set, a column of its rows, what stands there in those that are drawn more often, and how often.
    `ages`: how much the loss of the faces' ages weighs (see training.fit.years_loss), of which a network of classes, of
    one head, answers logits after those of its labels (R. Caruana: Multitask Learning, Machine Learning 1997); 0: none.

    Raises ValueError where these cannot be together.
    """

    inputs: Mapping[str, Any]  # see facelab.features
    output: Mapping[str, Any]  # see facelab.networks; calibration is added by the export
    datasets: Mapping[str, tuple[str, int | None]]
    validation: tuple[str, str]  # data set and split that each epoch is held against
    epochs: int
    batch: int
    optimizer: str  # a name in training.fit.OPTIMIZERS
    learning_rate: float
    weight_decay: float
    warmup_epochs: float
    repeated: Mapping[str, tuple[str, str, int]] = field(default_factory=dict)
    small: tuple[int, int] | None = None
    frozen: int = 0
    distillation: float = 0.0
    soft_labels: float = 0.0
    mixed: float = 0.0
    ages: float = 0.0
    label_smoothing: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        if self.distillation and not self.ages:
            raise ValueError("ages above 0 were expected beside distillation: teachers judge them, too")
        if self.mixed and (not self.distillation or set(self.inputs) - {"frame", "gray", "mirrored"}):
            raise ValueError("distillation and pixels alone were expected beside mixed")

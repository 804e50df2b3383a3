"""Glasses: a network of one's own, tiny. Read in `docs/training.md` how it is put to work."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
from keras import layers

from training.datasets import KEPT, Dataset, DatasetError, Sample
from training.networks import colour_input, logits, model
from training.recipes import HEAD_FRAME, Recipe
from training.task import Task, Weights
from training.texts import APPEARANCE, USE, Text

LABELS = ("with", "without")


def read(folder: Path) -> Iterator[Sample]:
    """`Glasses/SPLIT/LABEL/NAME.jpg`."""
    files = sorted((folder / "Glasses").glob("*/*/*.jpg"))
    if not files:
        raise DatasetError(f"{folder}/Glasses/SPLIT/LABEL/*.jpg was expected and is not there")
    for file in files:
        split, label = file.parts[-3:-1]
        yield Sample(
            dataset="drawn",
            name="/".join(file.parts[-3:]),
            splits=frozenset([split]),
            source=file,
            tight=False,
            labels={"glasses": label},
        )


def network(inputs: Mapping[str, Any], outputs: int, _weights: Weights) -> keras.Model:
    """From random weights: three convolutions."""
    image = colour_input(inputs)
    x = layers.Rescaling(1 / 127.5, offset=-1)(image)
    for filters in (8, 16, 32):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    return model("glasses", logits(layers.Flatten()(x), outputs), image)


TASK = Task(
    name="glasses",
    label="glasses",
    words={
        "title": Text("Glasses", "Gafas"),
        "use": USE,
        "factors": Text("The rims' colour.", "El color de la montura."),
        "data": {"Drawn": Text("one face with drawn rims", "un rostro con monturas dibujadas")},
        "limits": [APPEARANCE],
        "licence": Text("In the public domain.", "De dominio público."),
    },
    datasets={"drawn": Dataset(read=read, held_back="val", frame=KEPT)},
    recipe=Recipe(
        inputs={"frame": {"size": 48, **HEAD_FRAME}, "gray": False},
        output={"kind": "classes", "labels": list(LABELS)},
        datasets={"drawn": ("train", None)},
        validation=("drawn", "val"),
        epochs=8,
        batch=8,
        optimizer="adamw",
        learning_rate=3e-3,
        weight_decay=1e-3,
        warmup_epochs=1,
    ),
    network=network,
)

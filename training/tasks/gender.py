"""Gender: Inception V3 without its last blocks, on faces of all ages; it judges the age, too."""

from collections.abc import Mapping
from typing import Any

import keras

from training.datasets import FACES_OF_ALL_AGES, GENDERS
from training.networks import application, colour_input, judging
from training.recipes import HEAD_FRAME, Recipe
from training.task import Task, Weights
from training.texts import APPEARANCE, FACTORS, FORBIDDEN, TAUGHT_FACES, TAUGHT_LICENCE, USE, Text, Words


def network(inputs: Mapping[str, Any], outputs: int, weights: Weights, last: str = "mixed7") -> keras.Model:
    """Inception V3 (arXiv 1512.00567) to its layer `last`, with average pooling and dropout before the classifier.

    Its last three blocks, after mixed7, have three fifths of its weights and see few cells of such a crop.

    `weights`: a file for `keras.applications.InceptionV3(include_top=False)`, None for random ones, or
    "imagenet" for those that Keras downloads.
    """
    image = colour_input(inputs)
    whole = application("InceptionV3", weights, image)
    backbone = keras.Model(whole.input, whole.get_layer(last).output, name="inception_v3")
    return judging("gender", backbone, image, outputs)


WORDS: Words = {
    "title": Text("Apparent gender", "Género aparente"),
    "use": USE,
    "factors": FACTORS,
    "data": TAUGHT_FACES,
    "limits": [
        APPEARANCE,
        Text(
            "The data know two labels only, given by others; nobody's identity can be read from them.",
            "Los datos solo conocen dos etiquetas, puestas por otros; no dicen la identidad de nadie.",
        ),
        Text(
            "Children are often mistaken, and so are faces that the data show seldom; see the figures by age.",
            "Con los niños se equivoca a menudo, y con los rostros poco frecuentes en los datos también; "
            "véanse las cifras por edad.",
        ),
        FORBIDDEN,
    ],
    "licence": TAUGHT_LICENCE,
}

TASK = Task(
    name="gender",
    label="gender",
    words=WORDS,
    datasets=FACES_OF_ALL_AGES,
    recipe=Recipe(
        inputs={"frame": {"size": 124, **HEAD_FRAME}, "gray": False},
        output={"kind": "classes", "labels": list(GENDERS)},
        datasets={"aaf": ("train", None), "utkface": ("train", 12000), "fairface": ("train", None)},
        validation=("aaf", "val"),
        epochs=40,
        batch=128,
        optimizer="adamw",
        learning_rate=5e-4,
        weight_decay=3e-2,
        warmup_epochs=0.5,
        small=(84, 28),
        frozen=3,
        label_smoothing=0.05,
        distillation=4.0,
        soft_labels=0.9,
        mixed=0.6,
        repeated={"fairface": ("race", "Black", 3)},
        ages=0.4,
    ),
    network=network,
)

"""Expression: a plain network beside HOG and landmarks, on FER2013 with the votes of FER+."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
from keras import layers

from training.datasets import DATASETS, EMOTIONS, DatasetError
from training.networks import convolution, features_length, logits, model
from training.recipes import FER2013_FRAME, HOG, Recipe
from training.task import Task, Weights
from training.texts import FORBIDDEN, USE, Text, Words

# Convolutions and filters of each stage. One is enough at 48×48, where most of the time goes.
STAGES = ((1, 32), (2, 64), (3, 128), (3, 256))


def network(inputs: Mapping[str, Any], outputs: int, weights: Weights) -> keras.Model:
    """From random weights: four stages of 3×3 convolutions beside HOG and landmarks, joined before the classifier.

    After the plain network of amineHorseman's facial-expression-recognition-using-cnn, with VGG's pairs of
    convolutions (arXiv 1409.1556) and batch normalisation (arXiv 1502.03167). Raises DatasetError where a
    file with weights comes.
    """
    if isinstance(weights, Path):
        raise DatasetError(f"no --weights were expected: expression starts from random ones; {weights} came")
    size = inputs["frame"]["size"]
    image = keras.Input((size, size, 1), name="image")
    features = keras.Input((features_length(inputs),), name="features")
    # Less the picture's mean and over its deviation, so that light and contrast make no difference.
    x = layers.LayerNormalization(axis=(1, 2, 3), epsilon=1.0, center=False, scale=False)(image)
    for convolutions, filters in STAGES:
        for _ in range(convolutions):
            x = convolution(x, filters)
        x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    y = layers.BatchNormalization()(features)
    y = layers.Dense(64, use_bias=False)(y)
    y = layers.Activation("relu")(layers.BatchNormalization()(y))
    joined = layers.Dropout(0.3)(layers.Concatenate()([x, y]))
    return model("emotion", logits(joined, outputs), image, features)


WORDS: Words = {
    "title": Text("Apparent expression", "Expresión aparente"),
    "use": USE,
    "factors": Text(
        "Light, blur, pose, hair or glasses before the face, age and looks. FER2013 names none of it, so nothing is "
        "measured by group.",
        "La luz, el desenfoque, la postura, el pelo o las gafas, la edad y el aspecto. FER2013 no indica nada de ello, "
        "así que no se mide por grupos.",
    ),
    "data": {
        "FER2013": Text(
            "48×48 gray faces from a web search, one noisy label each; for research",
            "rostros grises de 48×48 de una búsqueda en la web, cada uno con una etiqueta poco fiable; "
            "para investigación",
        ),
        "FER+": Text(
            "ten people's votes on each of these faces", "los votos de diez personas sobre cada uno de esos rostros"
        ),
    },
    "limits": [
        Text(
            "The label is the expression that voters saw in a web image, not what the person feels; people agree "
            "with these labels in about 65 of 100 faces.",
            "La etiqueta es la expresión que otros vieron en una imagen de la web, no lo que la persona siente; "
            "la gente coincide con estas etiquetas en unos 65 de cada 100 rostros.",
        ),
        Text(
            "Disgust and fear are rare in the data and often mistaken.",
            "El asco y el miedo son raros en los datos y a menudo se confunden.",
        ),
        Text(
            "Children, old people and dark skin are rare in the data.",
            "Los niños, las personas mayores y la piel oscura son raros en los datos.",
        ),
        FORBIDDEN,
    ],
    "licence": Text("Learnt from FER2013, given for research.", "Aprendió de FER2013, cedido para investigación."),
}

TASK = Task(
    name="emotion",
    label="emotion",
    words=WORDS,
    datasets={"fer2013": DATASETS["fer2013"]},
    recipe=Recipe(
        inputs={"frame": {"size": 48, **FER2013_FRAME}, "gray": True, "hog": HOG, "mirrored": True},
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
    network=network,
)

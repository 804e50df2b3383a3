"""What landmarks, HOG and batch normalisation add to a plain network: amineHorseman's table [1], made again.

A run is a row of `runs.csv`; those that stand there already are not made again.

.. [1] https://github.com/amineHorseman/facial-expression-recognition-using-cnn, model B
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from skimage.feature import hog
from tqdm import tqdm

from facelab.features import Floats, vector
from facelab.networks import load_network
from facelab.types import Gray
from training.datasets import EMOTIONS
from training.recipes import HOG
from training.runs import append, check_same, kept
from training.sequence import Faces, Prepared
from training.tasks import task

INPUTS = ("image", "+ landmarks", "+ landmarks, HOG", "+ landmarks, HOG in windows")
FIVE = ("angry", "happy", "sad", "surprise", "neutral")
SEEDS: Mapping[int, Sequence[int]] = {5: (1, 2, 3), 7: (1,)}
WINDOW, STEP = 24, 6  # pixels
WINDOW_HOG = {**HOG, "pixels_per_cell": [8, 8]}
FILTERS = (32, 64, 128, 256)  # of the four convolutions
EPOCHS, BATCH, LEARNING_RATE = 6, 128, 1e-3
# Accuracy with five expressions in [1], without and with batch normalisation, in percent.
PUBLISHED = {INPUTS[0]: (34.2, 73.5), INPUTS[1]: (24.4, 74.4), INPUTS[2]: (23.1, 73.2), INPUTS[3]: (58.2, 75.1)}
NOTE = "accuracy on FER2013's PublicTest in per cent, with 5 and 7 expressions; [1]: published by amineHorseman"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training: how many expressions are told apart, from what, and how it begins."""

    expressions: int
    inputs: str
    normalised: bool  # with batch normalisation
    seed: int


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """FER2013 as a run takes it: pictures (N, 48, 48, 1), vectors by the kind of inputs, and labels' numbers."""

    pictures: Floats
    vectors: Mapping[str, Floats]
    labels: Sequence[str]

    def of(self, run: Run, rows: Sequence[int]) -> tuple[dict[str, Floats], Any]:
        """The inputs and targets of a run for those of the rows that show one of its expressions."""
        known = FIVE if run.expressions == len(FIVE) else EMOTIONS
        kept = [row for row in rows if self.labels[row] in known]
        found = {"image": self.pictures[kept]}
        if run.inputs in self.vectors:
            found["features"] = self.vectors[run.inputs][kept]
        return found, np.array([known.index(self.labels[row]) for row in kept])


def runs() -> list[Run]:
    """All there are, those of one seed before those of the next."""
    return [
        Run(expressions=expressions, inputs=inputs, normalised=normalised, seed=seed)
        for place in range(max(map(len, SEEDS.values())))
        for expressions, seeds in SEEDS.items()
        for seed in seeds[place : place + 1]
        for inputs in INPUTS
        for normalised in (False, True)
    ]


def ablate(prepared: Path, folder: Path, wanted: Sequence[Run] | None = None) -> dict[Run, float]:
    """The accuracy on PublicTest of all runs (or those `wanted`). Raises DatasetError where nothing is prepared."""
    faces = Prepared(prepared / "fer2013")
    training, test = faces.of_split("Training", True), faces.of_split("PublicTest")
    file = folder / "runs.csv"
    done = finished(file)
    left = [run for run in wanted or runs() if run not in done]
    if not left:
        return done
    check_same(file, f"{EPOCHS, BATCH, LEARNING_RATE, FILTERS} of {faces.digest()}")
    arrays = arrays_of(faces)
    for run in left:
        start = time.monotonic()
        done[run] = accuracy(run, arrays.of(run, training), arrays.of(run, test))
        log.info("%s: %.1f %% after %.0f s", run, 100 * done[run], time.monotonic() - start)
        append(file, {**asdict(run), "accuracy": done[run]})
    return done


def arrays_of(faces: Prepared) -> Arrays:
    """Every face's picture and vectors."""
    grays = np.asarray(faces.crops[..., 1])
    whole = np.array([vector(gray, points, HOG) for gray, points in zip(grays, faces.landmarks, strict=True)])
    points = whole[:, -faces.landmarks[0].size :]
    sliding = np.array([windows(gray) for gray in tqdm(grays, desc="HOG in windows", mininterval=5)])
    return Arrays(
        pictures=grays[..., None].astype(np.float32),
        vectors={INPUTS[1]: points, INPUTS[2]: whole, INPUTS[3]: np.concatenate([sliding, points], axis=1)},
        labels=[row["emotion"] for row in faces.rows],
    )


def windows(gray: Gray) -> Floats:
    """HOG of every window of 24 × 24 pixels, one after the other."""
    starts = range(0, gray.shape[0] - WINDOW + 1, STEP)
    found = [hog(gray[y : y + WINDOW, x : x + WINDOW], **WINDOW_HOG) for y in starts for x in starts]
    return np.concatenate(found).astype(np.float32)


def plain(run: Run, features: int) -> keras.Model:
    """Four convolutions, each pooled, and two layers; beside them two layers for a vector of `features` numbers."""
    image = keras.Input((48, 48, 1), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1)(image)
    for filters in FILTERS:
        x = layers.MaxPooling2D()(_active(layers.Conv2D(filters, 3, padding="same"), x, run.normalised))
    x = layers.Dropout(0.3)(layers.Flatten()(x))
    x = _active(layers.Dense(512), x, run.normalised)
    inputs = [image]
    if features:
        inputs.append(keras.Input((features,), name="features"))
        y = _active(layers.Dense(512), inputs[1], run.normalised)
        y = _active(layers.Dense(128), y, run.normalised)
        x = layers.Concatenate()([_active(layers.Dense(128), x, run.normalised), y])
    logits = layers.Dense(run.expressions, dtype="float32")(layers.Dropout(0.3)(x))
    return keras.Model({one.name: one for one in inputs}, logits)


def _active(layer: layers.Layer, x: Any, normalised: bool) -> Any:
    x = layer(x)
    return layers.Activation("relu")(layers.BatchNormalization()(x) if normalised else x)


def accuracy(run: Run, training: tuple[dict[str, Floats], Any], test: tuple[dict[str, Floats], Any]) -> float:
    """The share of right answers to `test` after the last epoch."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(run.seed)
    keras.config.set_dtype_policy("mixed_bfloat16")
    inputs, labels = training
    model = plain(run, inputs["features"].shape[1] if "features" in inputs else 0)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, EPOCHS * max(1, len(labels) // BATCH))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss=loss, metrics=["accuracy"])
    model.fit(inputs, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return round(float(model.evaluate(*test, verbose=0, return_dict=True)["accuracy"]), 4)


def borrowed(prepared: Path, models: Path) -> dict[str, float]:
    """The served network's accuracy on PublicTest (`none`), and where landmarks, HOG or both are those of another face.

    It is asked of the face alone, not of its mirror image too. Raises DatasetError where nothing is prepared.
    """
    network = load_network(models / "emotion.json")
    faces = Faces(prepared, task("emotion"), {"fer2013": ("PublicTest", None)}, varied=False)
    batches = [faces[number] for number in range(len(faces))]
    pictures, own = (
        np.concatenate([inputs[name] for inputs, _ in batches]).astype(np.float32) for name in ("image", "features")
    )
    labels = np.concatenate([targets for _, targets in batches])[:, -len(EMOTIONS) :].argmax(axis=1)
    hog = np.arange(own.shape[1]) < own.shape[1] - 2 * 68
    found = {}
    for name, taken in {"none": hog & False, "landmarks": ~hog, "HOG": hog, "both": hog | True}.items():
        vectors = np.where(taken, np.roll(own, len(own) // 2, axis=0), own)
        answers = [network.logits({"image": one, "features": two}) for one, two in zip(pictures, vectors, strict=True)]
        said = np.array(answers)[:, -len(EMOTIONS) :].argmax(axis=1)
        found[name] = round(float((said == labels).mean()), 4)
    return found


def finished(file: Path) -> dict[Run, float]:
    """The runs of a file. Raises DatasetError where it holds something else."""
    return kept(file, _run)


def _run(row: Mapping[str, str]) -> tuple[Run, float]:
    numbers = {"expressions": int(row["expressions"]), "seed": int(row["seed"])}
    return Run(inputs=row["inputs"], normalised=row["normalised"] == "True", **numbers), float(row["accuracy"])


def table(found: Mapping[Run, float]) -> list[list[str]]:
    """The figures in percent as cells, the head's first: mean ± deviation where there are several seeds."""
    head = ["", *(f"{count}{', BN' * normalised}" for count in SEEDS for normalised in (False, True)), "[1]", "[1], BN"]
    lines = [head]
    for inputs in INPUTS:
        cells = [_cell(found, count, inputs, normalised) for count in SEEDS for normalised in (False, True)]
        lines.append([inputs, *cells, *(f"{figure:.1f}" for figure in PUBLISHED[inputs])])
    return lines


def _cell(found: Mapping[Run, float], expressions: int, inputs: str, normalised: bool) -> str:
    one = {"expressions": expressions, "inputs": inputs, "normalised": normalised}
    figures = [100 * found[run] for seed in SEEDS[expressions] if (run := Run(seed=seed, **one)) in found]  # type: ignore[arg-type]
    spread = f" ± {np.std(figures, ddof=1):.1f}" if len(figures) > 1 else ""
    return f"{np.mean(figures):.1f}{spread}" if figures else "–"

"""From a trained Keras model to what is served: a LiteRT file with 8-bit weights, and its card."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
from scipy.optimize import minimize_scalar

from facelab.analyzer import Analyzer
from facelab.cards import read_card
from facelab.errors import ModelError
from facelab.faces import load_finder
from facelab.networks import Network, calibrated, load_network, scores_of
from facelab.whole import whole
from training import cards, tasks
from training.datasets import DatasetError
from training.evaluate import ask, reported, short
from training.figures import Answer, as_labelled, outcomes, served
from training.fit import build
from training.task import Task

PROBE = "probe.jpg"  # NASA's portrait of Eileen Collins, in the public domain, as in scikit-image
COVERAGE = 0.8  # of the interval of years
SECOND = ("second", "second_share")  # of a card's output: what it says of a second network


def export(name: str, data: Path, work: Path, models: Path) -> dict[str, Any]:
    """Write `models` / NAME.tflite and NAME.json from `work` / NAME / model.keras; answers the card.

    Scores are calibrated on the splits that are held back, all taken together, and measured on each, with the 8-bit
    model. Raises DatasetError where the model or a data set is missing.
    """
    check_backend()
    task, draft = tasks.task(name), work / name / "export"
    shutil.rmtree(draft, ignore_errors=True)
    model, exact = trained(task, work / name / "model.keras"), draft / "float32"
    probe(models)
    exact.mkdir(parents=True)
    convert(model, draft / f"{name}.tflite")
    convert(model, exact / f"{name}.tflite", eight_bit=False)
    drafted(task, exact)
    card = judged(drafted(task, draft), data, draft, models)
    found = ask(task, *task.recipe.validation, data, exact, models)
    card["metrics"][" ".join(task.recipe.validation)]["float32"] = short(found.answers, card["output"])
    write_card(card, draft)
    deliver(name, draft, models)
    return card


def renew(name: str, data: Path, models: Path) -> dict[str, Any]:
    """Calibrate and measure a network of `models` anew, as it is, with the recipe's second one; answers its new card.

    For when the finder or the second network is another. What 32-bit weights would say is not known then. Raises
    DatasetError or ModelError.
    """
    former = read_card(models / f"{name}.json")
    probe(models)
    second = {key: value for key, value in tasks.task(name).recipe.output.items() if key in SECOND}
    own = {key: value for key, value in former["output"].items() if key not in SECOND}
    card = {**former, "output": {**own, **second}}
    with TemporaryDirectory() as folder:
        draft = Path(folder)
        write_card(card, draft)
        (draft / f"{name}.tflite").symlink_to((models / f"{name}.tflite").absolute())
        card = judged(card, data, draft, models)
    write_card(card, models)
    return card


def judged(card: Mapping[str, Any], data: Path, folder: Path, models: Path) -> dict[str, Any]:
    """The card of a network of `folder`, calibrated and measured on all splits that are held back, with its probe."""
    task = tasks.task(card["name"])
    splits = [(dataset, found.held_back) for dataset, found in task.datasets.items()]
    asked = {" ".join(split): ask(task, *split, data, folder, models) for split in splits}
    output = calibration([one for found in asked.values() for one in found.answers], card["output"])
    metrics = {split: reported(found, output) for split, found in asked.items()}
    measured = {**card, "output": output, "metrics": metrics}
    return {**measured, "probe": {"picture": PROBE, "scores": probed(measured, folder, models)}}


def check_backend() -> None:
    """Raises DatasetError where Keras runs on another backend than the one that writes LiteRT."""
    if (backend := keras.backend.backend()) != "tensorflow":
        raise DatasetError(f"KERAS_BACKEND=tensorflow was expected, which writes what is served, {backend} came")


def trained(task: Task, file: Path) -> keras.Model:
    """The trained network in float32, whatever precision it was trained in."""
    return restored(file, f"train {task.name}", lambda: build(task, None))


def restored(file: Path, command: str, fresh: Callable[[], keras.Model]) -> keras.Model:
    """A `fresh` model in float32 with the weights of a file that `command` makes. Raises DatasetError."""
    if not file.exists():
        raise DatasetError(f"{file} was expected and is not there: run `python -m training {command}` first")
    try:
        weights = keras.saving.load_model(file, compile=False).get_weights()
        keras.config.set_dtype_policy("float32")
        model = fresh()
        model.set_weights(weights)
    except (OSError, ValueError, TypeError, KeyError, BadZipFile):  # Keras has no kind of its own for it
        again = f"remove it and run `python -m training {command}`"
        raise DatasetError(f"{file} is damaged or of another network; {again}") from None
    return model


def deliver(name: str, draft: Path, models: Path) -> None:
    """Let a network and its card take the place of those in `models`, both or, if there is no room, none."""
    network, card = f"{name}.tflite", f"{name}.json"
    with whole(models / card, replace=True) as new_card, whole(models / network, replace=True) as new:
        shutil.copyfile(draft / card, new_card)
        shutil.copyfile(draft / network, new)
    for file in (network, card):
        (draft / file).unlink()


def convert(model: keras.Model, file: Path, *, eight_bit: bool = True) -> None:
    """Write a model of one face at a time, its weights in 8 bits (dynamic range quantisation) or as they are."""
    import tensorflow as tf

    inputs = {
        one.name: keras.InputSpec(shape=(1, *one.shape[1:]), dtype="float32", name=one.name) for one in model.inputs
    }
    model.export(
        file,
        format="litert",
        verbose=False,
        input_signature=[inputs],
        optimizations=[tf.lite.Optimize.DEFAULT] if eight_bit else [],
        experimental_enable_resource_variables=False,
    )


def drafted(task: Task, folder: Path) -> dict[str, Any]:
    """A card that can be loaded, before anything is measured."""
    model, recipe, said = (folder / f"{task.name}.tflite").read_bytes(), task.recipe, cards.words(task.name)
    interval = {"interval_tail": (1 - COVERAGE) / 2} if recipe.output["kind"] == "years" else {}
    card = {
        "name": task.name,
        "sha256": hashlib.sha256(model).hexdigest(),
        "bytes": len(model),
        "inputs": recipe.inputs,
        "output": {**recipe.output, "temperature": 1.0, **interval},
        "training": {key: value for key, value in vars(recipe).items() if key not in ("inputs", "output")},
        **said,
    }
    write_card(card, folder)
    return card


def reword(models: Path) -> None:
    """Write the words as they are now into the cards of `models`. Raises ModelError where none is there."""
    files = [file for file in sorted(models.glob("*.json")) if file.stem in cards.names()]
    if not files:
        raise ModelError(f"cards of {', '.join(cards.names())} were expected in {models}, none is there")
    for file in files:
        write_card({**read_card(file), **cards.words(file.stem)}, models)


def write_card(card: Mapping[str, Any], folder: Path) -> None:
    text = json.dumps(card, indent=2, ensure_ascii=False)
    with whole(folder / f"{card['name']}.json", replace=True) as new:
        new.write_text(text + "\n", encoding="utf-8")


def calibration(answers: Sequence[Answer], output: Mapping[str, Any]) -> dict[str, Any]:
    """The output with the temperature that makes the right label likeliest, and the interval's tail.

    For the head that learnt from votes, the right label is the voters' majority.
    """
    answers = served(answers, output)

    def surprise(logarithm: float) -> float:
        return _surprise(answers, {**output, "temperature": float(np.exp(logarithm))})

    best = minimize_scalar(surprise, bounds=(-2, 2), method="bounded")
    output = {**output, "temperature": round(float(np.exp(best.x)), 4)}
    if output["kind"] == "years":
        tails = np.linspace(0.01, 0.3, 59).round(4).tolist()
        if any(one.inside is not None for one in outcomes(answers, output)):
            output["interval_tail"] = min(tails, key=lambda tail: abs(_coverage(answers, output, tail) - COVERAGE))
    return output


def _surprise(answers: Sequence[Answer], output: Mapping[str, Any]) -> float:
    """The mean of minus the log of the right label's score."""
    scores = [
        scores_of(calibrated(raw, output), as_labelled(sample, output))[one.truth]
        for one, (sample, raw) in zip(outcomes(answers, output), answers, strict=True)
        if raw is not None
    ]
    return float(-np.log(np.maximum(scores, 1e-9)).mean())


def _coverage(answers: Sequence[Answer], output: Mapping[str, Any], tail: float) -> float:
    """The share of the known ages that the interval holds."""
    held = [one.inside for one in outcomes(answers, {**output, "interval_tail": tail}) if one.inside is not None]
    return float(np.mean(held))


def probed(card: Mapping[str, Any], folder: Path, models: Path) -> dict[str, float]:
    """The scores that the network of a card gives the largest face that `models`' finder sees in the probe picture."""
    name = card["name"]
    networks = {name: Network(card, (folder / f"{name}.tflite").read_bytes())}
    if second := card["output"].get("second"):
        networks[second] = load_network(models / f"{second}.json")
    analysis = Analyzer(load_finder(models), networks)(probe(models), networks=[name])
    return analysis.to_dict()["faces"][0][name]["scores"]


def probe(models: Path) -> bytes:
    """The probe picture. Raises ModelError where it is not there."""
    file = models / PROBE
    if not file.exists():
        raise ModelError(f"{file} was expected and is not there: it is in facelab's own models")
    return file.read_bytes()

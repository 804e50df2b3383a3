"""`python -m training finder label | train | export | measure`."""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from training.datasets import FACES_OF_ALL_AGES

OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "data": {"default": Path("data"), "help": "folder of the data sets"},
    "work": {"default": Path("work"), "help": "folder for what is labelled and trained"},
    "models": {"default": Path(__file__).parent.parent.parent / "models", "help": "folder of the card"},
    "backgrounds": {"required": True, "help": "folder of pictures without a face; transparent ones are decoys"},
    "precision": {
        "type": str,
        "choices": ("mixed_bfloat16", "float32", "mixed_float16"),
        "default": "mixed_bfloat16",
        "help": "policy of Keras (default: mixed_bfloat16)",
    },
    "teacher": {"required": True, "help": "YuNet as OpenCV's model zoo has it (ONNX)"},
}


def add(command: argparse.ArgumentParser) -> None:
    """The steps as commands below `command`."""
    steps = command.add_subparsers(required=True, metavar="STEP")
    for name, (run, text, options) in STEPS.items():
        step = steps.add_parser(name, help=text)
        for option in options:
            step.add_argument(f"--{option}", **{"type": Path, **OPTIONS[option]})
        step.set_defaults(run=run)


def _label(options: argparse.Namespace) -> None:
    from training.finder.teacher import label

    for dataset in FACES_OF_ALL_AGES:
        label(dataset, options.data, options.teacher, options.work / "labels")


def _train(options: argparse.Namespace) -> None:
    from training.finder.fit import train

    train(options.data, options.work, options.backgrounds, precision=options.precision)


def _export(options: argparse.Namespace) -> None:
    from training.finder.export import export

    card = export(options.data, options.work, options.backgrounds, options.models)
    print(json.dumps(card["metrics"], indent=2, ensure_ascii=False))


def _measure(options: argparse.Namespace) -> None:
    from training.finder.measure import everyone, measure
    from training.finder.stock import Stock

    stock = Stock(options.data, options.work / "labels", options.backgrounds, "test")
    print(json.dumps(measure(stock, everyone(options.models, options.teacher)), indent=2, ensure_ascii=False))


SCENES = ("data", "work", "backgrounds")
STEPS: Mapping[str, tuple[Callable[[argparse.Namespace], None], str, tuple[str, ...]]] = {
    "label": (_label, "let the teacher mark faces in photographs", ("data", "work", "teacher")),
    "train": (
        _train,
        "train on composed scenes; goes on where it was ended",
        (*SCENES, "precision"),
    ),
    "export": (_export, "write models/finder.tflite and its card", (*SCENES, "models")),
    "measure": (_measure, "all finders side by side", (*SCENES, "models", "teacher")),
}

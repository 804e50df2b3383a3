"""Networks of the field, for gender and for age, learnt alike and measured alike, beside one as it was published.

All see the same crops in the same order, for as many epochs, from the same kind of start; those that are served also
crops of other sizes. A run is a row of `runs.csv`; those that stand there already are not made again.
"""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import keras

from facelab.networks import Network
from training import tasks
from training.backbones import LEVI_HASSNER, NETWORKS
from training.crops import Judge, figures, milliseconds
from training.datasets import DatasetError
from training.export import check_backend, convert, restored
from training.fit import build, train
from training.levi_hassner import published
from training.recipes import Recipe
from training.runs import append, check_same, kept
from training.sequence import Prepared
from training.task import Task, Weights

SERVED: Mapping[str, str] = {"gender": "Inception V3 to mixed7", "age": "VGG16"}
SIDE, LEAST = 80, 75  # pixels; the Inceptions want so many
# What an epoch shows of each data set, and what else all share. Every layer learns.
RECIPE: Mapping[str, Any] = {
    "datasets": {"aaf": ("train", 4000), "utkface": ("train", 2000), "fairface": ("train", 1000)},
    "validation": ("aaf", "val"),
    "epochs": 6,
    "batch": 32,
    "optimizer": "adamw",
    "learning_rate": 2e-4,  # small enough for VGG16, which has no batch normalisation
    "weight_decay": 1e-2,
    "warmup_epochs": 0.3,
}
PUBLISHED = f"{LEVI_HASSNER}, their weights"
ORDER = (*NETWORKS, PUBLISHED)
RANDOM, IMAGENET, THEIRS = "random", "ImageNet", "their own"  # starts
COLUMNS: Mapping[str, str] = {  # of runs.csv, and what the table calls them
    "aaf_accuracy": "aaf val",
    "aaf_mae_years": "MAE",
    "utkface_accuracy": "utkface val",
    "utkface_mae_years": "MAE",
    "fairface_accuracy": "fairface dev",
    "ms": "ms",
    "mb": "MB",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A network, what it judges, the weights that it starts from, and the side of its crops in pixels."""

    network: str
    task: str
    start: str
    side: int = SIDE


def runs(
    names: Sequence[str] = (), imagenet: bool = False, theirs: bool = False, sides: Sequence[int] = ()
) -> list[Run]:
    """All that some tasks (none: both) ask for, the served networks also at other `sides`. Raises DatasetError."""
    for name in names:
        if name not in SERVED:
            raise DatasetError(f"one or more of the tasks {', '.join(SERVED)} were expected, {name!r} came")
    if min(sides, default=LEAST) < LEAST:
        raise DatasetError(f"sides of {LEAST} pixels or more were expected, {min(sides)} came")
    starts = {network: IMAGENET if imagenet and network != LEVI_HASSNER else RANDOM for network in NETWORKS}
    asked = list(dict.fromkeys(names or SERVED))
    found = [Run(network=PUBLISHED, task=name, start=THEIRS) for name in asked if theirs]  # first: it trains nothing
    for name in asked:
        found += [Run(network=network, task=name, start=start) for network, start in starts.items()]
        served = Run(network=SERVED[name], task=name, start=starts[SERVED[name]])
        found += [replace(served, side=side) for side in dict.fromkeys(sides) if side != SIDE]
    return found


def compare(
    prepared: Path, folder: Path, wanted: Sequence[Run], theirs: Path | None = None, recipe: Mapping[str, Any] = RECIPE
) -> dict[Run, dict[str, float]]:
    """The figures of all runs of `folder` / runs.csv, those `wanted` among them, by column.

    `theirs`: see `levi_hassner.published`. Raises DatasetError where a file is missing or nothing is prepared.
    """
    file = folder / "runs.csv"
    done = finished(file)
    check_backend()
    for run in [run for run in wanted if run not in done]:
        start, task = time.monotonic(), task_of(run, recipe)
        if run.start == THEIRS:
            judge, size = published(theirs or Path(), run.task)
        else:
            check_same(file, f"{recipe} of {[Prepared(prepared / name).digest() for name in recipe['datasets']]}")
            judge, size = learnt(task, prepared, folder, "imagenet" if run.start == IMAGENET else None)
        done[run] = {**figures(judge, task, prepared), "ms": milliseconds(judge, run.side), "mb": round(size / 1e6, 1)}
        log.info("%s: %s after %.0f s", run, done[run], time.monotonic() - start)
        append(file, {**asdict(run), **{key: done[run].get(key) for key in COLUMNS}})
        (folder / task.name / "model.keras").unlink(missing_ok=True)  # with the optimizer's memory up to 650 MB
    return done


def task_of(run: Run, recipe: Mapping[str, Any] = RECIPE) -> Task:
    """What a run judges, with its network and with the recipe that all share, named for the folder it is kept in."""
    task = tasks.task(run.task)
    inputs = {"frame": {**task.frame, "size": run.side}, "gray": False}
    name = "-".join(f"{run.task} {run.network} {run.side} {run.start}".lower().replace("& ", "").split())
    shared = Recipe(inputs=inputs, output=task.recipe.output, **recipe)
    return replace(task, name=name, recipe=shared, network=NETWORKS.get(run.network, task.network))


def learnt(task: Task, prepared: Path, folder: Path, weights: Weights) -> tuple[Judge, int]:
    """A network after its training, in 8 bits as it stays in `folder` / NAME / model.tflite, and that file's bytes."""
    keras.backend.clear_session()
    kept = folder / task.name / "model.keras"
    if not kept.exists():
        train(task, prepared, folder, weights=weights)
    file = kept.with_suffix(".tflite")
    convert(restored(kept, "compare", lambda: build(task, None)), file)
    network = Network({"name": task.name}, file.read_bytes())
    return (lambda crop: network.logits({"image": crop})), file.stat().st_size


def finished(file: Path) -> dict[Run, dict[str, float]]:
    """The runs of a file. Raises DatasetError where it holds something else."""
    return kept(file, _run)


def _run(row: Mapping[str, str]) -> tuple[Run, dict[str, float]]:
    run = Run(**{**{field.name: row[field.name] for field in fields(Run)}, "side": int(row["side"])})  # type: ignore[arg-type]
    if run.network not in ORDER or run.task not in SERVED:
        raise ValueError(f"{run} is none that is compared")
    return run, {key: float(row[key]) for key in COLUMNS if row[key] != ""}


def of_task(task: str, found: Mapping[Run, dict[str, float]]) -> dict[Run, dict[str, float]]:
    """A task's runs among all."""
    return {run: its for run, its in found.items() if run.task == task}


def ordered(found: Collection[Run]) -> list[Run]:
    """As tables and drawings show them."""
    return sorted(found, key=lambda run: (ORDER.index(run.network), run.start, run.side))


def table(found: Mapping[Run, Mapping[str, float]]) -> list[list[str]]:
    """The figures of one task's runs as cells, the head's first; a column that none of them has is left out."""
    keys = [key for key in COLUMNS if any(key in its for its in found.values())]
    return [
        ["", "start", "px", *(COLUMNS[key] for key in keys)],
        *([run.network, run.start, f"{run.side}", *(_cell(found[run], key) for key in keys)] for run in ordered(found)),
    ]


def _cell(its: Mapping[str, float], key: str) -> str:
    return f"{its[key] * (100 if key.endswith('accuracy') else 1):.1f}" if key in its else "–"


def note(found: Collection[Run]) -> str:
    """What the figures of a table are of."""
    random = {run.start for run in found} <= {RANDOM, THEIRS}
    starts = "all that learnt from random weights" if random else "from the weights that the row says"
    faces = sum(count for _, count in RECIPE["datasets"].values())
    return (
        f"{starts}, {RECIPE['epochs']} epochs of {faces:,} faces; px of a crop's side; accuracy in per cent, of ages "
        "over five ranges (fairface: its own nine), and mean absolute error in years, of the prepared faces held back; "
        "VGG16 is without its last pooling; an age of Levi & Hassner's own weights is the range of its mean; ms of a "
        "face on one core; MB of the file, in 8 bits but for those that were published"
    )

"""Fitting: recipe and prepared faces in, a Keras model out. Every epoch is kept, so a killed run goes on."""

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

from facelab.whole import whole
from training.datasets import LAST_YEAR, DatasetError
from training.recipes import Recipe
from training.sequence import COMPONENTS, Faces
from training.task import Task, Weights

MEAN_WEIGHT = 0.05  # of the error of the expected age, in years, beside the distribution's cross-entropy
FEW, MOST = 4, 8  # cores, all of which a network needs for itself where there is no GPU; helpers
OPTIMIZERS: Mapping[str, Callable[..., keras.optimizers.Optimizer]] = {
    "sgd": partial(keras.optimizers.SGD, momentum=0.9, nesterov=True),
    "adamw": partial(keras.optimizers.AdamW, clipnorm=1.0),
}

log = logging.getLogger(__name__)


def train(
    task: Task, prepared: Path, work: Path, *, weights: Weights = "imagenet", precision: str = "mixed_bfloat16"
) -> None:
    """Train a network on `prepared` and leave it in `work` / NAME / model.keras; one that is there is left alone.

    A run that was ended goes on after its last whole epoch. Raises DatasetError where nothing is prepared, or where
    that run had another recipe, start or network, or other faces.
    """
    recipe, folder = task.recipe, work / task.name
    if ended(folder):
        return
    keras.utils.set_random_seed(recipe.seed)
    keras.config.set_dtype_policy(precision)
    with closing(Faces(prepared, task, recipe.datasets, varied=True, helpers=helpers())) as faces:
        dataset, split = recipe.validation
        held_back = Faces(prepared, task, {dataset: (split, None)}, varied=False)
        model = build(task, weights, any_size=recipe.small is not None)
        if weights and recipe.frozen:
            freeze(model, recipe.frozen)
        student = with_components(model) if recipe.distillation else model
        compile_model(student, recipe, steps=len(faces))
        told = f"{recipe} of {faces.digest()} from {getattr(weights, 'name', weights)}"
        learn(student, folder, faces, held_back, recipe.epochs, told, model)


def ended(folder: Path) -> bool:
    """Whether a training in `folder` has ended, which is said."""
    file = folder / "model.keras"
    if file.exists():
        log.info("%s is trained; remove it to train anew", file)
    return file.exists()


def learn(
    model: keras.Model,
    folder: Path,
    batches: Any,
    held_back: keras.utils.PyDataset,
    epochs: int,
    recipe: object,
    wanted: keras.Model | None = None,
) -> None:
    """Fit a model, keeping every epoch in `folder` / backup until model.keras, the `wanted` part of it, is whole.

    `batches`: a PyDataset that is told by `start(epoch)` when one begins.
    Raises DatasetError where the backup is of another `recipe`, which tells the faces too, network or precision.
    """
    backup, shapes = folder / "backup", [tuple(variable.shape) for variable in model.variables]
    backup.mkdir(parents=True, exist_ok=True)
    kept, told = backup / "recipe.txt", f"{recipe} in {keras.config.dtype_policy().name} {shapes}"
    if not (backup / "training_metadata.json").exists():  # written last: none, or cut while the first was
        (backup / "latest.weights.h5").unlink(missing_ok=True)
        (folder / "history.csv").unlink(missing_ok=True)
        kept.write_text(told)
    elif not kept.exists() or kept.read_text() != told:
        raise DatasetError(f"{backup} is of another network or recipe, or of other faces; remove it to train anew")

    def start(epoch: int) -> None:
        batches.start(epoch)
        seeds = [variable for variable in model.variables if variable.name == "seed_generator_state"]
        for number, seed in enumerate(seeds):  # of the dropouts; a backup does not hold it
            seed.assign([epoch, number << 20])  # a batch takes the next one

    def keep(_: Any) -> None:
        with whole(folder / "model.keras", replace=True) as new:
            (wanted or model).save(new)

    model.fit(
        batches,
        shuffle=False,  # they come in random order, in which they are made ahead
        validation_data=held_back,
        epochs=epochs,
        callbacks=[  # in this order: the backup is thrown away once the model is kept
            keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: start(epoch), on_train_end=keep),
            keras.callbacks.BackupAndRestore(backup, double_checkpoint=True),
            keras.callbacks.CSVLogger(folder / "history.csv", append=True),
        ],
        verbose=2,
    )


def helpers() -> int:
    """How many processes make batches, so that a GPU need not wait: half of the cores, none where these are few."""
    cores = len(os.sched_getaffinity(0))
    return min(cores // 2, MOST) if cores > FEW else 0


def build(task: Task, weights: Weights, *, any_size: bool = False) -> keras.Model:
    """The untrained network, for crops of the served size or of any; `weights` are the start of its backbone."""
    frame = {**task.frame, "size": None} if any_size else task.frame
    return task.network({**task.recipe.inputs, "frame": frame}, outputs(task.recipe), weights)


def freeze(model: keras.Model, convolutions: int) -> None:
    """Let the layers of a model's backbone that lie before the convolution after so many stay as they are."""
    (backbone,) = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    passed = 0
    for layer in backbone.layers:
        passed += isinstance(layer, layers.Conv2D)
        if passed > convolutions:
            break
        layer.trainable = False


def with_components(model: keras.Model) -> keras.Model:
    """A model that guesses its teachers' components by its averaged cells, and puts them before its answer."""
    (averages,) = [layer for layer in model.layers if isinstance(layer, layers.GlobalAveragePooling2D)]
    components = layers.Dense(COMPONENTS, dtype="float32")(averages.output)
    return keras.Model(model.input, layers.Concatenate(dtype="float32")([components, model.output]), name=model.name)


def outputs(recipe: Recipe) -> int:
    """How many numbers the network answers."""
    if recipe.output["kind"] == "years":
        return int(recipe.output["last"]) + 1
    years = LAST_YEAR + 1 if recipe.ages else 0
    return len(recipe.output["labels"]) * len(recipe.output.get("heads", ["label"])) + years


def label(recipe: Recipe) -> slice:
    """Where the label's numbers stand in what is learnt: after teachers' components or votes, before the age."""
    width = len(recipe.output["labels"])
    first = COMPONENTS if recipe.distillation else width * (len(recipe.output.get("heads", ["label"])) - 1)
    return slice(first, first + width)


def compile_model(model: keras.Model, recipe: Recipe, steps: int) -> None:
    rate = schedule(recipe.learning_rate, recipe.epochs * steps, round(recipe.warmup_epochs * steps))
    optimizer = OPTIMIZERS[recipe.optimizer](rate, weight_decay=recipe.weight_decay)
    if recipe.output["kind"] == "years":
        model.compile(optimizer, loss=years_loss, metrics=[years_error])
    else:
        heads = len(recipe.output.get("heads", ["label"]))
        loss = loss_beside(recipe) if recipe.ages else loss_of(heads)
        model.compile(optimizer, loss=loss, metrics=[accuracy_of(label(recipe))])


def schedule(peak: float, steps: int, warmup: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """From a hundredth of the peak up to it in `warmup` steps, and down again along a cosine in the others."""
    warmup = max(1, warmup)
    down = max(1, steps - warmup)
    return keras.optimizers.schedules.CosineDecay(peak / 100, down, alpha=0.01, warmup_target=peak, warmup_steps=warmup)


def loss_of(heads: int) -> Callable[[Any, Any], Any]:
    """Cross-entropy of each head's distribution, added up; one whose target is all 0 is left out."""

    def surprise(target: Any, logits: Any) -> Any:
        shape = (-1, heads, target.shape[-1] // heads)
        logarithms = ops.log_softmax(ops.reshape(logits, shape))
        return -ops.sum(ops.reshape(target, shape) * logarithms, axis=(1, 2))

    return surprise


def loss_beside(recipe: Recipe) -> Callable[[Any, Any], Any]:
    """The label's cross-entropy, and the weighed losses of the age after it and teachers' components before it."""
    surprise, own = loss_of(1), label(recipe)

    def added_up(target: Any, answer: Any) -> Any:
        loss = surprise(target[:, own], answer[:, own])
        loss += recipe.ages * years_loss(target[:, own.stop :], answer[:, own.stop :])
        if recipe.distillation:
            loss += recipe.distillation * components_error(target[:, : own.start], answer[:, : own.start])
        return loss

    return added_up


def components_error(target: Any, guessed: Any) -> Any:
    """The squared error of the teachers' components where they are known."""
    known = ops.cast(ops.any(target != 0, axis=-1), "float32")
    return known * ops.sum(ops.square(target - guessed), axis=-1)


def accuracy_of(label: slice) -> keras.metrics.Metric:
    """Of the label's numbers; with soft labels against these."""

    def right(target: Any, logits: Any) -> Any:
        return keras.metrics.categorical_accuracy(target[:, label], logits[:, label])

    return keras.metrics.MeanMetricWrapper(right, name="accuracy")


def years_loss(target: Any, logits: Any) -> Any:
    """Cross-entropy over years, with the expected age's error beside it (DLDL-v2, IJCAI 2018).

    A target that sums to more than 1 is a range: minus the log of the probability that lies inside it.
    """
    logarithms = ops.log_softmax(logits)
    ranged = -ops.log(ops.sum(target * ops.exp(logarithms), axis=-1) + 1e-7)
    exact = -ops.sum(target * logarithms, axis=-1) + MEAN_WEIGHT * years_error(target, logits)
    return ops.where(ops.sum(target, axis=-1) > 1.5, ranged, exact)


def years_error(target: Any, logits: Any) -> Any:
    """Absolute error of the expected age, in years; for a range, against its middle."""
    years = ops.arange(target.shape[-1], dtype="float32")
    expected = ops.sum(ops.softmax(logits) * years, axis=-1)
    truth = ops.sum(target * years, axis=-1) / ops.sum(target, axis=-1)
    return ops.abs(expected - truth)

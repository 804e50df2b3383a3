"""Batches of prepared faces, varied anew in every epoch."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import keras
import numpy as np

from facelab import features
from facelab.features import Floats, Matrix
from facelab.order import in_order, processes
from facelab.types import Image
from training import tasks
from training.datasets import LAST_YEAR, VOTED, DatasetError
from training.task import Task

# How far a face is turned, enlarged and shifted: degrees, log of the factor, share of the side (deviations).
ROLL, SCALE, SHIFT = 7.0, 0.07, 0.03
CONTRAST, BRIGHTNESS = 0.2, 20.0  # a deviation of the gain, and of the offset in gray values
ERASED = 0.25  # probability that a rectangle of up to a third of the side is covered
POOR = 0.3  # probability that the picture is made as poor as a webcam's
POOREST = 48  # pixels; about as many as the smallest face that is found has in its crop
GRAY = 0.1  # probability that the face loses its colours
SATURATION, TINT = 0.25, 0.06  # deviations of the colours' strength (logarithm) and of a channel's gain
MIXING = 0.5  # of the beta distribution of how much of another face a mixed one has, which is half at most
LEAST_INSIDE = 0.01  # of a teacher's probability has to lie in a range that it is to divide
COMPONENTS = 256  # of the teachers' embeddings of a face, see training.teachers

Batch: TypeAlias = tuple[dict[str, Floats | Image], Floats]


class Prepared:
    """A prepared data set on disk: its rows, crops and landmarks. Raises DatasetError where it is missing."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "samples.csv").exists():
            raise DatasetError(f"{folder} was expected: run `python -m training prepare {folder.name}` first")
        with (folder / "samples.csv").open(newline="") as file:
            self.rows = list(csv.DictReader(file))
        try:
            self.crops = np.load(folder / "crops.npy", mmap_mode="r")
            self.landmarks = np.load(folder / "landmarks.npy")
        except (OSError, ValueError) as error:
            raise DatasetError(f"{folder} is damaged, prepare it again: {error}") from None
        self.margin = tasks.dataset(folder.name).margin

    def digest(self) -> str:
        """Of its rows and landmarks, by which others that were prepared are told from these."""
        return hashlib.sha256(repr(self.rows).encode() + self.landmarks.tobytes()).hexdigest()

    def of_split(self, split: str, faces_only: bool = False) -> list[int]:
        """The rows of a split, `faces_only`: without those that all ten voters of FER+ call no face."""
        found = [number for number, row in enumerate(self.rows) if split in row["splits"].split()]
        if faces_only:
            found = [number for number in found if not self.rows[number]["votes"].endswith(" 10")]
        if not found:
            raise DatasetError(f"no prepared face is in the split {split!r}")
        return found


class Faces(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Batches `(inputs, targets)` for `fit`: from each data set so many faces an epoch, in random order.

    `varied`: mirrored, turned, shifted, recoloured and covered as the constants above say.
    `helpers`: so many processes make the batches ahead of time, which are the same as without; see `close`.
    """

    def __init__(
        self,
        prepared: Path,
        task: Task,
        datasets: Mapping[str, tuple[str, int | None]],
        *,
        varied: bool,
        helpers: int = 0,
    ) -> None:
        super().__init__(workers=1)
        self._task, self._recipe, self._varied = task, task.recipe, varied
        for name in datasets:
            _check(name, task)
        self._sets = {name: Prepared(prepared / name) for name in datasets}
        self._pools = [(name, self._pool(name, split), count) for name, (split, count) in datasets.items()]
        taught = datasets if varied and task.recipe.distillation else ()
        self._soft = {name: _soft_targets(prepared / name, task, len(self._sets[name].rows)) for name in taught}
        self._helpers = Helpers(helpers, prepared, task, datasets, varied) if helpers else None
        self.start(0)

    def __len__(self) -> int:
        batches = len(self._order) / self._recipe.batch
        return int(batches) if self._varied and batches >= 1 else int(np.ceil(batches))

    def __getitem__(self, index: int) -> Batch:
        return self._helpers.batch(self.epoch, index, len(self)) if self._helpers else self.batch(index)

    def batch(self, index: int) -> Batch:
        """A batch of the epoch, made here. Pixels are bytes."""
        rng = np.random.default_rng([self._recipe.seed, self.epoch, index])
        batch = self._order[index * self._recipe.batch : (index + 1) * self._recipe.batch]
        size = self._size(index)
        found = [self._inputs(name, number, size, rng) for name, number in batch]
        targets = np.stack([self._target(name, number) for name, number in batch])
        inputs: dict[str, Any] = {key: np.stack([_compact(key, one[key]) for one in found]) for key in found[0]}
        if self._varied and self._recipe.mixed:
            inputs["image"], targets = mixed(inputs["image"], targets, self._recipe.mixed, rng)
        return inputs, targets

    def digest(self) -> str:
        """Of the faces and of what their teachers say, by which a run knows that they are those that it began with."""
        found = hashlib.sha256()
        for name, its in self._sets.items():
            found.update(its.digest().encode())
            if name in self._soft:
                found.update(self._soft[name].tobytes())
        return found.hexdigest()

    def close(self) -> None:
        """End the processes that make batches."""
        if self._helpers:
            self._helpers.close()

    def start(self, epoch: int) -> None:
        """Draw an epoch's faces, the same in every run, also in one that goes on where another was ended."""
        self.epoch = epoch
        self._order = self._drawn()

    def _size(self, index: int) -> int:
        """The side of a batch's crops."""
        small, epochs = self._recipe.small or (0, 0)
        # Keras looks at an epoch's first batches to know which sides differ, so one of them is never small.
        return small if self._varied and index and self.epoch < epochs else int(self._task.frame["size"])

    def _pool(self, name: str, split: str) -> list[int]:
        source, repeated = self._sets[name], self._recipe.repeated
        found = source.of_split(split, self._varied)
        if not self._varied or name not in repeated:
            return found
        column, value, times = repeated[name]
        again = [number for number in found if source.rows[number].get(column) == value]
        if not again:
            raise DatasetError(f"{name}: rows with {value!r} in a column {column!r} were expected, which are repeated")
        return found + (times - 1) * again

    def _drawn(self) -> list[tuple[str, int]]:
        rng = np.random.default_rng([self._recipe.seed, self.epoch])
        drawn = [
            (name, int(number))
            for name, pool, count in self._pools
            for number in (rng.permutation(pool)[:count] if self._varied else pool)
        ]
        return [drawn[place] for place in rng.permutation(len(drawn))] if self._varied else drawn

    def _inputs(self, name: str, number: int, size: int, rng: np.random.Generator) -> dict[str, Floats]:
        source, spec = self._sets[name], self._recipe.inputs
        crop, points = source.crops[number], source.landmarks[number]
        matrix = inner_matrix(crop.shape[0], source.margin, size)
        mirrored = self._varied and rng.random() < 0.5
        if self._varied:
            matrix = features.chained(jitter(rng, size, mirrored), matrix)
        points = features.transformed(points, matrix)
        crop = features.warp(np.asarray(crop), matrix, (size, size))
        if self._varied:
            crop = recoloured(crop if spec["gray"] else tinted(crop, rng), rng)
        return features.arrays(crop, points[features.MIRRORED] if mirrored else points, spec)

    def _target(self, name: str, number: int) -> Floats:
        """Teachers' components if there are any, what the network should answer, the age if it learns that, too."""
        row, recipe = self._sets[name].rows[number], self._recipe
        found = target(row, self._task)
        years = age_target(row, LAST_YEAR) if recipe.ages else found[:0]
        if recipe.distillation:
            soft = self._soft[name][number].astype(np.float32) if self._soft else None
            return distilled(found, years, soft, recipe.soft_labels)
        return np.concatenate([found, years])


def _soft_targets(folder: Path, task: Task, rows: int) -> Floats:
    """What `training.teachers` wrote of a data set's faces. Raises DatasetError."""
    file, shape = folder / f"{task.name}.npy", (rows, COMPONENTS + len(task.recipe.output["labels"]) + LAST_YEAR + 1)
    with suppress(OSError, ValueError):
        found: Floats = np.load(file, mmap_mode="r")
        if found.shape == shape:
            return found
    expected = f"run `python -m training teach {task.name} --teachers FILE …` first"
    raise DatasetError(f"{file}, what its teachers say, was expected, {shape}: {expected}")


def distilled(labels: Floats, years: Floats, soft: Floats | None, share: float) -> Floats:
    """A target of a face's components, all 0 without soft targets, then of its labels and of its years.

    Probabilities are mixed with a label and with a known age, and with a range as the teacher divides it.
    """
    if soft is None:
        return np.concatenate([np.zeros(COMPONENTS, np.float32), labels, years])
    components, probabilities, its_years = np.split(soft, [COMPONENTS, COMPONENTS + len(labels)])
    inside = its_years * years
    if years.sum() > 1.5 and inside.sum() > LEAST_INSIDE:  # the former says that it is a range
        years = inside
    known, said = np.concatenate([labels, years / years.sum()]), np.concatenate([probabilities, its_years])
    return np.concatenate([components, (1 - share) * known + share * said])


def mixed(images: Image, targets: Floats, probability: float, rng: np.random.Generator) -> tuple[Image, Floats]:
    """Faces of a batch, some of which are partly the one before them (mixup), and what should be answered of them."""
    count = len(images)
    share = np.where(rng.random(count) < probability, rng.beta(MIXING, MIXING, count), 0)
    share = np.minimum(share, 1 - share).astype(np.float32)[:, None]
    other = np.roll(images, 1, axis=0)
    seen = images + share[..., None, None] * (other.astype(np.float32) - images)
    return np.rint(seen).astype(np.uint8), targets + share * (np.roll(targets, 1, axis=0) - targets)


def _compact(key: str, values: Floats) -> Floats | Image:
    return values.astype(np.uint8) if key == "image" else values


class Helpers:
    """Processes that make the batches of the same `Faces`, some of them before they are asked for."""

    def __init__(self, count: int, *faces: Any) -> None:
        self._ahead = 2 * count
        self._pool = processes(count, _begin, *faces)
        self._next: tuple[int, int] | None = None

    def batch(self, epoch: int, index: int, batches: int) -> Batch:
        """A batch of an epoch of so many, those after it begun. Asked for out of turn, it is begun only then."""
        if (epoch, index) != self._next:
            self._coming = in_order(
                self._pool, _made, ((epoch, number) for number in range(index, batches)), self._ahead
            )
        self._next = (epoch, index + 1)
        return next(self._coming)[1]

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


_faces: Faces  # of a process that makes batches: a pool hands its work to functions, which find them nowhere else


def _begin(prepared: Path, task: Task, datasets: Mapping[str, tuple[str, int | None]], varied: bool) -> None:
    global _faces
    _faces = Faces(prepared, task, datasets, varied=varied)


def _made(place: tuple[int, int]) -> Batch:
    epoch, index = place
    if epoch != _faces.epoch:
        _faces.start(epoch)
    return _faces.batch(index)


def _check(dataset: str, task: Task) -> None:
    """Raises DatasetError where kept crops have eyes and mouth elsewhere than the network looks for them."""
    kept, seen = ((frame["eyes"], frame["mouth"]) for frame in (tasks.dataset(dataset).frame, task.frame))
    if kept != seen:
        raise DatasetError(f"{dataset}: eyes and mouth were expected where {task.name} has them, {seen}, not at {kept}")


def inner_matrix(kept: int, margin: float, size: int) -> Matrix:
    """From a kept crop of side `kept` to the network's input, which leaves the margin out."""
    factor = size / (kept * (1 - 2 * margin))
    shift = (0.5 - margin * kept) * factor - 0.5
    return np.array([[factor, 0, shift], [0, factor, shift]])


def jitter(rng: np.random.Generator, size: int, mirrored: bool) -> Matrix:
    """A small random turn, scale and shift about the centre, mirrored or not."""
    angle, scale = np.radians(rng.normal(0, ROLL)), np.exp(rng.normal(0, SCALE))
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([-1.0 if mirrored else 1.0, 1.0])
    centre = np.full(2, (size - 1) / 2)
    shift = rng.normal(0, SHIFT, 2) * size
    return np.column_stack([turn, centre - turn @ centre + shift])


def recoloured(crop: Image, rng: np.random.Generator) -> Image:
    """Another light, sometimes a poor camera, sometimes something in front of the face."""
    gain, offset = np.exp(rng.normal(0, CONTRAST)), rng.normal(0, BRIGHTNESS)
    crop = np.clip((crop - 128.0) * gain + 128 + offset, 0, 255).astype(np.uint8)
    if 0.8 * crop.shape[0] > POOREST and rng.random() < POOR:
        crop = poor(crop, rng)
    if rng.random() < ERASED:
        size = crop.shape[0]
        width, height = rng.integers(size // 8, size // 3, 2)
        left, top = rng.integers(0, size - width), rng.integers(0, size - height)
        crop[top : top + height, left : left + width] = rng.integers(0, 256)
    return crop


def tinted(crop: Image, rng: np.random.Generator) -> Image:
    """Another white balance, and more or less colour."""
    strength = 0.0 if rng.random() < GRAY else np.exp(rng.normal(0, SATURATION))
    mixing = strength * np.eye(3) + (1 - strength) / 3
    return np.asarray(cv2.transform(crop, np.exp(rng.normal(0, TINT, 3))[:, None] * mixing))


def poor(crop: Image, rng: np.random.Generator) -> Image:
    """Fewer pixels, less colour and JPEG's blocks."""
    size = crop.shape[0]
    small = int(rng.uniform(max(0.3 * size, POOREST), 0.8 * size))
    crop = cv2.resize(cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA), (size, size))
    gray = crop.mean(axis=2, keepdims=True)
    crop = (gray + (crop - gray) * rng.uniform(0, 1)).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 80))]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", crop, quality)[1], cv2.IMREAD_COLOR))


def target(row: Mapping[str, str], task: Task) -> Floats:
    """What the network should answer: a distribution over labels, or over years (see `years_target`).

    For two heads, the votes' distribution and then the label's. Raises DatasetError for a label it does not know.
    """
    output: Mapping[str, Any] = task.recipe.output
    if output["kind"] == "years":
        return age_target(row, output["last"])
    labels, smoothing = output["labels"], task.recipe.label_smoothing
    hard = np.eye(len(labels), dtype=np.float32)[place(row, task)]
    smooth = hard * (1 - smoothing) + np.float32(smoothing / len(labels))
    return np.concatenate([votes_target(row["votes"], labels), smooth]) if "heads" in output else smooth


def age_target(row: Mapping[str, str], last_year: int) -> Floats:
    """See `years_target`. Raises DatasetError for a face whose age is not known."""
    if not row["first_age"]:
        raise DatasetError(f"{row['name']}: an age was expected, none came")
    return years_target(int(row["first_age"]), int(row["last_age"]), last_year)


def place(row: Mapping[str, str], task: Task) -> int:
    """Which of the task's labels a row has. Raises DatasetError for one that it does not know."""
    return int(task.recipe.output["labels"].index(task.truth(row["name"], row)))


def votes_target(votes: str, labels: Sequence[str]) -> Floats:
    """FER+'s votes as a distribution over labels, all 0 where none was given to any of them."""
    counts = dict(zip(VOTED, map(float, votes.split()), strict=False))
    voted = np.array([counts.get(label, 0.0) for label in labels], np.float32)
    return voted / max(voted.sum(), 1)


def years_target(first: int, last: int, last_year: int, deviation: float = 2.0) -> Floats:
    """For a known age a normal distribution about it that sums to 1 (DLDL, arXiv 1611.01731).

    For a range: 1 for each of its years, so that the sum says which of the two it is.
    """
    years = np.arange(last_year + 1, dtype=np.float32)
    if first != last:
        return ((years >= first) & (years <= last)).astype(np.float32)
    bell = np.exp(-0.5 * ((years - first) / deviation) ** 2)
    return (bell / bell.sum()).astype(np.float32)

"""What scenes are composed of, and the scenes as batches."""

import csv
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import cv2
import keras
import numpy as np

from facelab.features import Floats
from facelab.finder import Size
from facelab.types import Image
from training.copies import alike, reduced
from training.datasets import DATASETS, DatasetError, Sample, in_tenth, load, read
from training.finder.network import target
from training.finder.scenes import COVERED, DARK, Picture, Rng, scene, yaw

Part: TypeAlias = Literal["train", "val", "test"]
Labelled: TypeAlias = tuple[Sample, Floats]  # and its faces' rows, see training.finder.scenes

SHARES = {"aaf": 0.35, "utkface": 0.25, "fairface": 0.4}  # how often a photograph comes from which
TURNED, LEAST_YAW = 0.4, 0.25  # so many are drawn, to learn from, of those alone that show heads turned at least so far
DARKER = 0.35  # of the scenes to learn from are dark, of the others DARK
OFTEN_COVERED = 0.3  # of the faces to learn from have something in front of them, of the others COVERED
COUNTS = (0.2, 0.4, 0.17, 0.08, 0.06, 0.05, 0.04)  # how probable so many faces are
DECOYS = (0.45, 0.3, 0.15, 0.1)  # and so many things that are none
SURROUNDINGS = 0.2  # of the decoys are a photograph's part beside its face
LEAST, LONGEST = 8, 1024  # pixels of a background's sides


class Stock:
    """Labelled photographs, backgrounds and decoys of a part: `train` to learn from, `val` to choose thresholds by, or
    `test` to measure on. The last two share their photographs, but for the surroundings that are decoys."""

    def __init__(self, data: Path, labels: Path, backgrounds: Path, part: Part) -> None:
        splits = {name: "train" if part == "train" else DATASETS[name].held_back for name in SHARES}
        self.photographs = {name: labelled(name, data, labels, split) for name, split in splits.items()}
        everyone = [one for found in self.photographs.values() for one in found] if part == "train" else []
        self._turned = [(sample, rows) for sample, rows in everyone if yaw(rows[0]) >= LEAST_YAW]
        self._surrounding = [one for one in self.photographs["aaf"] if part_of(one[0].name) == part]
        self._shares = (DARKER, OFTEN_COVERED) if part == "train" else (DARK, COVERED)
        pictures = face_free(backgrounds, part)
        self.backgrounds = [picture for picture in pictures if picture.shape[2] == 3]
        self.decoys = [picture for picture in pictures if picture.shape[2] == 4] + self.backgrounds

    def scene(self, rng: Rng, size: Size, faces: int | None = None) -> tuple[Image, Floats]:
        """A scene with at most so many faces (None: any number), and their rows."""
        count = rng.choice(len(COUNTS), p=COUNTS) if faces is None else faces
        photographs = [self._drawn(rng) for _ in range(count)]
        decoys = [self._decoy(rng) for _ in range(rng.choice(len(DECOYS), p=DECOYS))]
        return scene(rng, size, photographs, self.background(rng), decoys, *self._shares)

    def photograph(self, rng: Rng, name: str | None = None, race: str | None = None) -> tuple[Image, Floats]:
        """A photograph of a data set (None: any, by SHARES) and race (None: any), with its rows."""
        name = name or str(rng.choice(list(SHARES), p=list(SHARES.values())))
        while True:
            sample, rows = self.photographs[name][rng.integers(len(self.photographs[name]))]
            if race in (None, sample.race):
                return load(sample), rows

    def background(self, rng: Rng) -> Image:
        return self.backgrounds[rng.integers(len(self.backgrounds))]

    @property
    def races(self) -> list[str]:
        """FairFace's."""
        return sorted({sample.race for sample, _ in self.photographs["fairface"] if sample.race})

    def digest(self) -> str:
        """Of all that scenes are composed of, by which another stock is told from this one."""
        found = hashlib.sha256(f"{SHARES, TURNED, DARKER, OFTEN_COVERED, COUNTS, DECOYS, SURROUNDINGS}".encode())
        for name, photographs in self.photographs.items():
            for sample, rows in photographs:
                found.update(f"{name} {sample.name}".encode() + rows.tobytes())
        for picture in self.decoys:
            found.update(f"{picture.shape}".encode() + picture.tobytes())
        return found.hexdigest()

    def _drawn(self, rng: Rng) -> tuple[Image, Floats]:
        if not self._turned or rng.random() >= TURNED:
            return self.photograph(rng)
        sample, rows = self._turned[rng.integers(len(self._turned))]
        return load(sample), rows

    def _decoy(self, rng: Rng) -> Picture:
        if rng.random() < SURROUNDINGS and self._surrounding:
            sample, rows = self._surrounding[rng.integers(len(self._surrounding))]
            return surroundings(load(sample), rows)
        picture = self.decoys[rng.integers(len(self.decoys))]
        height, width = picture.shape[:2]
        if picture.shape[2] == 4 or rng.random() < 0.3:
            return picture
        side = int(min(height, width) * rng.uniform(0.2, 0.8))
        left, top = rng.integers(0, width - side + 1), rng.integers(0, height - side + 1)
        return picture[top : top + side, left : left + side]


class Scenes(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Batches `(images, targets)` of scenes; every batch of every epoch is drawn anew, and the same in each run."""

    def __init__(self, stock: Stock, sizes: Sequence[Size], batch: int, batches: int, seed: int) -> None:
        super().__init__(workers=2, max_queue_size=16)
        self._stock, self._sizes, self._batch, self._batches = stock, sizes, batch, batches
        self._seed, self.epoch = seed, 0

    def __len__(self) -> int:
        return self._batches

    def start(self, epoch: int) -> None:
        self.epoch = epoch

    def __getitem__(self, index: int) -> tuple[dict[str, Image], Floats]:
        rng = np.random.default_rng([self._seed, self.epoch, index])
        width, height = self._sizes[index % len(self._sizes)]
        found = [self._stock.scene(rng, (width, height)) for _ in range(self._batch)]
        images = np.stack([image for image, _ in found])
        return {"image": images}, np.stack([target(rows, width, height) for _, rows in found])


def labelled(dataset: str, data: Path, labels: Path, split: str) -> list[Labelled]:
    """A split's photographs with the rows that `training.finder.teacher` wrote for them.

    Raises DatasetError where there are none.
    """
    table = labels / f"{dataset}.csv"
    if not table.exists():
        raise DatasetError(f"{table} was expected and is not there: run `python -m training finder label` first")
    rows: dict[str, list[list[float]]] = {}
    with table.open(newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["name"], []).append(_numbers(row))
    samples = [sample for sample in read(dataset, data) if split in sample.splits and sample.name in rows]
    if not samples:
        raise DatasetError(f"no photograph of {dataset}'s split {split!r} is labelled in {table}")
    return [(sample, np.array(rows[sample.name], np.float32)) for sample in samples]


def face_free(folder: Path, part: Part) -> list[Picture]:
    """The backgrounds and decoys of a folder that belong to a part; by their names, a tenth is of `val`, one of `test`.

    Those that a part before this one has too are left out, be it in another size or light. Raises DatasetError where
    none of them is without transparency, which a background must be.
    """
    before = get_args(Part)[: get_args(Part).index(part)]
    known = [_reduced(picture) for picture in pictures_of(folder, before)]
    found = list(pictures_of(folder, [part]))
    copied = alike([_reduced(picture) for picture in found], known)
    pictures = [picture for picture, one in zip(found, copied, strict=True) if not one]
    if not any(picture.shape[2] == 3 for picture in pictures):
        raise DatasetError(f"photographs without a face were expected in {folder}, none is there for the part {part!r}")
    return pictures


def part_of(name: str) -> Part:
    return "test" if in_tenth(name) else "val" if in_tenth(name, 1) else "train"


def surroundings(photograph: Image, rows: Floats) -> Image:
    """The larger of the photograph's parts above and below all of its faces, at least 8 pixels high."""
    height = photograph.shape[0]
    top, bottom = int(np.clip(rows[:, 1].min(), 8, height)), int(np.clip(rows[:, 3].max(), 0, height - 8))
    return photograph[:top] if top > height - bottom else photograph[bottom:]


def _numbers(row: Mapping[str, str]) -> list[float]:
    """Box and points of a label's row."""
    return [float(value) for value in list(row.values())[-14:]]


def pictures_of(folder: Path, parts: Collection[Part]) -> Iterator[Picture]:
    """All that parts have."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and part_of(file.name) in parts and (picture := _picture(file)) is not None:
            yield picture


def _reduced(picture: Picture) -> Floats:
    return reduced(np.asarray(cv2.cvtColor(np.ascontiguousarray(picture[..., :3]), cv2.COLOR_RGB2GRAY)))


def _picture(file: Path) -> Picture | None:
    """RGB, or RGBA where the picture is transparent, LEAST to LONGEST a side; None where it is no such picture."""
    pixels = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint8:
        return None
    shrunk = min(1.0, LONGEST / max(pixels.shape[:2]))
    if shrunk * min(pixels.shape[:2]) < LEAST:
        return None
    pixels = cv2.resize(pixels, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA) if shrunk < 1 else pixels
    if pixels.ndim == 3 and (pixels[..., 3:] == 255).all():  # true of one that has no transparency at all, too
        pixels = pixels[..., :3]
    if pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB))
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB))

"""The published layouts of four data sets, read as one kind of sample.

- FER2013 [1] with the votes of FER+ [2]: `fer2013.csv`, `fer2013new.csv`
- All-Age-Faces [3]: `All-Age-Faces Dataset/original images`, `… /image sets`
- UTKFace [4]: `UTKFace/AGE_GENDER_RACE_TIME.jpg…`
- FairFace [5]: `FairFace/fairface_label_*.csv` and the files they name

.. [1] I. Goodfellow et al.: Challenges in representation learning, 2013 (arXiv 1307.0414)
.. [2] E. Barsoum et al.: Training deep networks with crowd-sourced label distribution, 2016 (arXiv 1608.01041)
.. [3] J. Cheng et al.: Exploiting effective facial patches for robust gender recognition, 2019
.. [4] Z. Zhang et al.: Age progression/regression by conditional adversarial autoencoder, 2017 (arXiv 1702.08423)
.. [5] K. Kärkkäinen, J. Joo: FairFace, 2021 (arXiv 1908.04913)
"""

import csv
import logging
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from facelab.errors import FacelabError, ImageError
from facelab.images import decode
from facelab.types import Image
from training.recipes import FER2013_FRAME, HEAD_FRAME

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # in FER2013's order
# The votes of FER+ are for these seven, in this order, and for contempt, unknown and "not a face".
VOTED = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear")
GENDERS = ("female", "male")
AGE_RANGES = {"1-15": (0, 15), "16-25": (16, 25), "26-35": (26, 35), "36-45": (36, 45), "46+": (46, 100)}
FAIRFACE_RANGES = {
    "0-2": (0, 2),
    "3-9": (3, 9),
    "10-19": (10, 19),
    "20-29": (20, 29),
    "30-39": (30, 39),
    "40-49": (40, 49),
    "50-59": (50, 59),
    "60-69": (60, 69),
    "more than 70": (70, 100),
}
UTKFACE_RACES = ("White", "Black", "Asian", "Indian", "Other")
LAST_YEAR = 100
FER_SIDE = 48
KEPT: Mapping[str, Any] = {"size": 160, **HEAD_FRAME}
# What is kept shows more than the networks see (a seventh more on each side): shifts and turns find picture there.
MARGIN = (1 / 7) / (1 + 2 * (1 / 7))

log = logging.getLogger(__name__)


class DatasetError(FacelabError):
    """A data set is not where it was looked for, or has no such split."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One labelled picture. `labels`: by what they tell of, as "emotion" or "gender".

    `ages`: first and last year that the label allows, equal where the age is known.
    `tight`: the picture was cropped to the face, so where no face is found the whole of it is one.
    """

    dataset: str
    name: str
    splits: frozenset[str]
    source: Path | str = field(repr=False)  # a file, or FER2013's pixels as text
    tight: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    truth: str | None = None  # the one of them that a network is asked for
    votes: tuple[int, ...] | None = None
    ages: tuple[int, int] | None = None
    race: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """How a data set is read, and how its faces are kept for training.

    `read`: all samples below a folder; rows that say nothing readable are named and left out. Raises DatasetError
    where a file or folder of its layout is missing.
    `held_back`: the split that networks are measured on.
    `frame`: the `size` of what is kept of a picture, and where it has `eyes` and `mouth` before the margin is added:
    there the networks that learn from it have to have them too.
    `margin`: the share of the side that lies outside of what the networks see, on each side.
    """

    read: Callable[[Path], Iterable[Sample]]
    held_back: str
    frame: Mapping[str, Any]
    margin: float = MARGIN


def read(dataset: str, folder: Path) -> list[Sample]:
    """All samples of one of the four data sets below `folder`. Raises DatasetError where it is not there."""
    return list(DATASETS[dataset].read(folder))


def majority(sample: Sample) -> str | None:
    """The expression that more of FER+'s voters saw than anything else, if it is one of the seven."""
    votes = list(sample.votes or ())
    most = max(votes, default=0)
    first = votes.index(most) if votes.count(most) == 1 else len(VOTED)
    return VOTED[first] if first < len(VOTED) else None


def of_split(samples: Iterable[Sample], split: str) -> list[Sample]:
    """The samples of one split. Raises DatasetError where there are none."""
    samples = list(samples)
    chosen = [sample for sample in samples if split in sample.splits]
    if not chosen:
        known = sorted(set().union(*(sample.splits for sample in samples)))
        raise DatasetError(f"one of the splits {', '.join(known)} was expected, {split!r} came")
    return chosen


def load(sample: Sample) -> Image:
    """The picture, RGB. Raises ImageError or OSError where it cannot be read."""
    if isinstance(sample.source, Path):
        return decode(sample.source.read_bytes())
    pixels = np.array(sample.source.split(), np.uint8)
    if pixels.size != FER_SIDE * FER_SIDE:
        raise ImageError(f"{FER_SIDE}×{FER_SIDE} pixels were expected, {pixels.size} came")
    return np.repeat(pixels.reshape(FER_SIDE, FER_SIDE, 1), 3, axis=2)


def loaded(samples: Iterable[Sample]) -> Iterator[tuple[Sample, Image]]:
    """Each sample with its picture; unreadable ones are named and left out."""
    for sample in samples:
        try:
            yield sample, load(sample)
        except (ImageError, OSError, OverflowError, ValueError) as error:
            log.warning("%s: %s left out: %s", sample.dataset, sample.name, error)


def in_tenth(name: str, tenth: int = 0) -> bool:
    """Whether a name falls into one of ten parts, as a rule the one that is held back: the same on every machine."""
    return zlib.crc32(name.encode()) % 10 == tenth


def _existing(path: Path) -> Path:
    if not path.exists():
        raise DatasetError(f"{path} was expected and is not there")
    return path


def _fer2013(folder: Path) -> Iterator[Sample]:
    faces, plus = list(_rows(folder / "fer2013.csv")), list(_rows(folder / "fer2013new.csv"))
    if len(faces) != len(plus):
        raise DatasetError(f"{folder}: a row of fer2013new.csv was expected for each of {len(faces)}, {len(plus)} came")
    for number, (row, voted) in enumerate(zip(faces, plus, strict=True)):
        try:
            if None in row.values():
                raise ValueError("a whole row was expected")
            yield Sample(
                dataset="fer2013",
                name=f"fer{number:07d}",
                splits=frozenset([row["Usage"]]),
                source=row["pixels"],
                labels={"emotion": EMOTIONS[int(row["emotion"])]},
                votes=tuple(int(count) for count in list(voted.values())[2:]),
            )
        except (ValueError, IndexError, KeyError, TypeError) as error:
            log.warning("fer2013: row %d left out: %r", number, error)


def _aaf(folder: Path) -> Iterator[Sample]:
    root = folder / "All-Age-Faces Dataset"
    images, lists = _existing(root / "original images"), _existing(root / "image sets")
    splits: dict[str, set[str]] = {}
    for file in sorted(lists.glob("*.txt")):
        for line in filter(None, map(str.strip, file.read_text(encoding="utf-8", errors="replace").splitlines())):
            splits.setdefault(line, set()).add(file.stem)
    for line, names in splits.items():
        match = re.fullmatch(r"(\d+A(\d+)\.jpg) ([01])", line)
        if not match:
            log.warning("aaf: %r left out: 'SERIALAAGE.jpg GENDER' was expected", line)
            continue
        yield Sample(
            dataset="aaf",
            name=match[1],
            splits=frozenset(names),
            source=images / match[1],
            tight=False,
            labels={"gender": GENDERS[int(match[3])]},
            ages=(int(match[2]), int(match[2])),
        )


def _utkface(folder: Path) -> Iterator[Sample]:
    for file in sorted(_existing(folder / "UTKFace").glob("*.jpg")):
        match = re.match(r"(\d+)_([01])_([0-4])_\d+\.", file.name)
        if not match:
            log.warning("utkface: %s left out: AGE_GENDER_RACE_TIME was expected", file.name)
            continue
        age = min(int(match[1]), LAST_YEAR)
        yield Sample(
            dataset="utkface",
            name=file.name,
            splits=frozenset(["all", "val" if in_tenth(file.name) else "train"]),
            source=file,
            labels={"gender": GENDERS[1 - int(match[2])]},  # here 0 is male
            ages=(age, age),
            race=UTKFACE_RACES[int(match[3])],
        )


def _fairface(folder: Path) -> Iterator[Sample]:
    root = folder / "FairFace"
    tables = [root / f"fairface_label_{name}.csv" for name in ("train", "val")]
    for table in [table for table in tables if table.exists()] or [_existing(tables[0])]:
        for row in _rows(table):
            try:
                yield _fairface_sample(row, root, "val" if table == tables[1] else _fairface_split(row["file"]))
            except (KeyError, TypeError, AttributeError) as error:
                log.warning("fairface: %s left out: %r", row, error)


def _fairface_split(name: str) -> str:
    return "dev" if in_tenth(name) else "train"


def _fairface_sample(row: dict[str, str], root: Path, split: str) -> Sample:
    return Sample(
        dataset="fairface",
        name=row["file"],
        splits=frozenset([split]),
        source=root / row["file"],
        labels={"gender": {"Female": "female", "Male": "male"}[row["gender"]]},
        ages=FAIRFACE_RANGES[row["age"]],
        race=row["race"],
    )


def _rows(table: Path) -> Iterator[dict[str, str]]:
    with _existing(table).open(newline="", encoding="utf-8", errors="replace") as file:
        yield from csv.DictReader(file)


DATASETS: Mapping[str, Dataset] = {
    "fer2013": Dataset(read=_fer2013, held_back="PublicTest", frame={"size": FER_SIDE, **FER2013_FRAME}, margin=0.0),
    "aaf": Dataset(read=_aaf, held_back="val", frame=KEPT),
    "utkface": Dataset(read=_utkface, held_back="val", frame=KEPT),
    "fairface": Dataset(read=_fairface, held_back="dev", frame=KEPT),
}
FACES_OF_ALL_AGES = {name: DATASETS[name] for name in ("aaf", "utkface", "fairface")}

"""Made data sets in the published layouts, of a public-domain face; no data set photograph is needed."""

import csv
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from skimage.data import astronaut

from facelab.types import Image

VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")


def portrait(number: int, side: int) -> Image:
    """The astronaut's head, a little shifted and lit otherwise for each number."""
    left, top = 110 + number % 7, 10 + number % 5
    crop = cv2.resize(astronaut()[top : top + 230, left : left + 230], (side, side), interpolation=cv2.INTER_AREA)
    return np.clip(crop * (0.8 + 0.05 * (number % 8)), 0, 255).astype(np.uint8)


def fer2013(folder: Path, training: int = 24, public_test: int = 8) -> None:
    with (folder / "fer2013.csv").open("w", newline="") as faces, (folder / "fer2013new.csv").open("w") as plus:
        pixels, votes = csv.writer(faces), csv.writer(plus)
        pixels.writerow(["emotion", "pixels", "Usage"])
        votes.writerow(["Usage", "Image name", *VOTES])
        for number in range(training + public_test):
            usage = "Training" if number < training else "PublicTest"
            gray = portrait(number, 48)[20:44, 12:36].mean(axis=2)
            gray = cv2.resize(gray, (48, 48)).astype(int)
            pixels.writerow([number % 7, " ".join(map(str, gray.ravel())), usage])
            votes.writerow([usage, "", *np.eye(7, dtype=int)[number % 7] * 10, 0, 0, 0])


def aaf(folder: Path) -> None:
    root = folder / "All-Age-Faces Dataset"
    (root / "original images").mkdir(parents=True)
    (root / "image sets").mkdir()
    names = [f"{number:05d}A{10 * number + 5:02d}.jpg" for number in range(6)]
    for number, name in enumerate(names):
        Pillow.fromarray(portrait(number, 300)).save(root / "original images" / name)
    rows = [f"{name} {number % 2}\n" for number, name in enumerate(names)]
    (root / "image sets" / "train.txt").write_text("".join(rows[:4]))
    (root / "image sets" / "val.txt").write_text("".join(rows[4:]))


def utkface(folder: Path) -> None:
    (folder / "UTKFace").mkdir()
    for number in range(20):
        name = f"{number * 5 + 1}_{number % 2}_{number % 5}_2017010{number:02d}.jpg.chip.jpg"
        Pillow.fromarray(portrait(number, 160)).save(folder / "UTKFace" / name)


def fairface(folder: Path) -> None:
    root = folder / "FairFace"
    (root / "train").mkdir(parents=True)
    ages = ["0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70"]
    with (root / "fairface_label_train.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "age", "gender", "race", "service_test"])
        for number in range(1, 28):
            gender = "Female" if number % 2 else "Male"
            table.writerow([f"train/{number}.jpg", ages[number % 9], gender, "Black", "TRUE"])
            Pillow.fromarray(portrait(number, 160)).save(root / "train" / f"{number}.jpg")


def everything(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for make in (fer2013, aaf, utkface, fairface):
        make(folder)
    return folder

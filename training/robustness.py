"""From laboratory to webcam: whether an answer stays where the face is in a frame, dark, blurred, turned or small."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from facelab.analyzer import load_analyzer
from facelab.faces import WHOLE_TO_DLIB
from facelab.types import Image
from training.datasets import FER_SIDE, DatasetError, Sample, loaded, of_split, read
from training.parallel import mapped

FRAME = (640, 480)  # width, height
GRAY = (128, 128, 128)
FACE = 180  # pixels, the width of a face's box in the clean frame
LABORATORY, CLEAN = "the crop itself", "in a frame"


def framed(crop: Image, width: float = FACE, degrees: float = 0.0) -> Image:
    """A frame of a webcam with FER2013's crop in its middle, the face `width` pixels wide and rolled."""
    scale = width / (WHOLE_TO_DLIB.width * FER_SIDE)
    middle = (FER_SIDE - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), degrees, scale)
    matrix[:, 2] += np.array(FRAME) / 2 - 0.5 - middle
    return cv2.warpAffine(crop, matrix, FRAME, flags=cv2.INTER_CUBIC, borderValue=GRAY)


def relit(image: Image, gain: float) -> Image:
    """Darker or brighter."""
    return np.clip(image * gain, 0, 255).astype(np.uint8)


def blurred(image: Image, deviation: float) -> Image:
    """Out of focus: `deviation` in pixels."""
    return cv2.GaussianBlur(image, (0, 0), deviation)


def compressed(image: Image, quality: int) -> Image:
    """As a JPEG of a `quality` from 0 to 100."""
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1))


DISTURBANCES: Mapping[str, Callable[[Image], Image]] = {
    CLEAN: framed,
    "half as bright": lambda crop: relit(framed(crop), 0.5),
    "one and a half times as bright": lambda crop: relit(framed(crop), 1.5),
    "blurred by 3 px": lambda crop: blurred(framed(crop), 3),
    "JPEG of quality 40": lambda crop: compressed(framed(crop), 40),
    "rolled to the left, 15°": lambda crop: framed(crop, degrees=15),
    "rolled to the right, 15°": lambda crop: framed(crop, degrees=-15),
    "a face of 60 px": lambda crop: framed(crop, width=60),
}


def robustness(data: Path, split: str, models: Path, faces: int) -> dict[str, dict[str, Any]]:
    """For each disturbance, in how many frames the face is found and how often the expression is the clean one's.

    For the clean frame, how often it is that of the crop itself. A face that is not found counts as another answer.
    `faces` of a split of FER2013, evenly spread, are looked at. Raises DatasetError or ModelError.
    """
    if faces < 1:
        raise DatasetError(f"one face or more was expected, {faces} came")
    samples = of_split(read("fer2013", data), split)
    places = np.linspace(0, len(samples) - 1, min(faces, len(samples))).round().astype(int)
    chosen = [samples[place] for place in places]
    answers = mapped(partial(answered, models), chosen, f"disturbed faces of {split}")
    if not answers:
        raise DatasetError(f"readable pictures were expected in {split}, none is")
    return {name: compared(answers, name) for name in DISTURBANCES}


def answered(models: Path, samples: Sequence[Sample]) -> list[dict[str, str | None]]:
    """The expression seen in each sample's crop and in its frames, None where no face is found."""
    analyze, found = load_analyzer(models), []
    for _, crop in loaded(samples):
        whole = analyze(crop, networks=["emotion"], whole=True).faces[0].predictions["emotion"].label
        labels: dict[str, str | None] = {LABORATORY: whole}
        for name, disturb in DISTURBANCES.items():
            faces = analyze(disturb(crop), networks=["emotion"]).faces
            labels[name] = faces[0].predictions["emotion"].label if faces else None
        found.append(labels)
    return found


def compared(answers: Sequence[Mapping[str, str | None]], name: str) -> dict[str, Any]:
    """How a disturbance's answers agree with those of what it disturbs."""
    before = LABORATORY if name == CLEAN else CLEAN
    known = [one for one in answers if one[before] is not None]
    return {
        "faces": len(known),
        "found": _share([one[name] is not None for one in known]),
        "agreement": _share([one[name] == one[before] for one in known]),
    }


def _share(facts: Sequence[bool]) -> float:
    return round(sum(facts) / max(1, len(facts)), 4)

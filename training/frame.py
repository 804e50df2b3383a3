"""How FER2013 frames a face: where eyes, mouth and dlib's box lie in its training pictures.

The answer stands in `training.recipes.FER2013_FRAME` and `facelab.faces.WHOLE_TO_DLIB`, so that a live face is
put where the network has learnt to look.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from facelab import features
from facelab.detectors import ClassicalDetector
from facelab.faces import FaceFinder
from training.datasets import FER_SIDE, DatasetError, Sample, loaded, of_split, read
from training.parallel import mapped

ENLARGED = 4  # dlib finds no face under 80 px


def frame(data: Path) -> dict[str, list[float]]:
    """The medians, as shares of the side: x, y of both eyes and the mouth; left, top, right, bottom of the box.

    Raises DatasetError.
    """
    found = np.array(mapped(_places, of_split(read("fer2013", data), "Training"), "FER2013's frame"))
    if not len(found):
        raise DatasetError("dlib was expected to find one face in some of FER2013's pictures, it does in none")
    left_eye, right_eye, mouth, box = np.split(np.median(found, axis=0).round(3), [2, 4, 6])
    named = {"left_eye": left_eye, "right_eye": right_eye, "mouth": mouth, "box": box}
    return {"faces": [len(found)], **{name: place.tolist() for name, place in named.items()}}


def _places(samples: Sequence[Sample]) -> list[features.Floats]:
    finder, places, side = FaceFinder(ClassicalDetector()), [], FER_SIDE * ENLARGED
    for _, image in loaded(samples):
        faces = list(finder.find(cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)))
        if len(faces) == 1:
            box = faces[0].box
            sides = np.array([box.left, box.top, box.right, box.bottom])
            anchors = features.anchors(features.landmarks_of(faces[0])).ravel()
            places.append((np.concatenate([anchors + 0.5, sides]) / side).astype(np.float32))
    return places

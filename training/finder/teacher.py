"""Labels photographs with boxes and five points by a teacher, for the face finder to learn from.

The teacher is YuNet [1] as OpenCV's model zoo has it (`face_detection_yunet_2023mar.onnx`, MIT). Its boxes reach from
the forehead to the chin, its points are the eyes, the tip of the nose and the corners of the mouth, from the picture's
left to its right.

.. [1] W. Wu, H. Peng, S. Yu: YuNet: a tiny millisecond-level face detector, Machine Intelligence Research 2023
"""

import csv
import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facelab.types import Image
from facelab.whole import whole
from training.datasets import DatasetError, Sample, loaded, read
from training.parallel import mapped

SCORE = 0.7  # under this the teacher's face is no label
COLUMNS = (
    *("name", "score", "left", "top", "right", "bottom"),
    *("eye1_x", "eye1_y", "eye2_x", "eye2_y", "nose_x", "nose_y", "mouth1_x", "mouth1_y", "mouth2_x", "mouth2_y"),
)

log = logging.getLogger(__name__)

Rows = NDArray[np.float32]  # (faces, 15): score; left, top, right, bottom; five points x, y; largest first


def label(dataset: str, data: Path, teacher: Path, target: Path) -> None:
    """Write `target` / DATASET.csv: a row for each face that the teacher sees in each photograph.

    Photographs without a face are left out. Raises DatasetError where the data or the teacher are missing.
    """
    detector(teacher, (160, 160))  # is it there?
    target.mkdir(parents=True, exist_ok=True)
    found = mapped(partial(_labels, teacher), read(dataset, data), dataset)
    with whole(target / f"{dataset}.csv", replace=True) as new, new.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for sample, rows in found:
            table.writerows([sample.name, *(f"{value:.3f}" for value in row)] for row in rows)
    log.info("%s: a face in %d of %d photographs", dataset, sum(len(rows) > 0 for _, rows in found), len(found))


def detector(teacher: Path, size: tuple[int, int]) -> cv2.FaceDetectorYN:
    """YuNet for pictures of a size (width, height). Raises DatasetError."""
    try:
        found = cv2.FaceDetectorYN.create(str(teacher), "", size, SCORE, 0.3, 100)
        found.detect(np.zeros((size[1], size[0], 3), np.uint8))  # another network would only fail here
    except cv2.error as error:
        raise DatasetError(f"the teacher was expected in {teacher}, YuNet as ONNX: {error.err}") from None
    return found


def faces(network: cv2.FaceDetectorYN, image: Image) -> Rows:
    """What the teacher sees in a picture, largest first."""
    network.setInputSize((image.shape[1], image.shape[0]))
    _, found = network.detect(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    if found is None:
        return np.empty((0, 15), np.float32)
    left, top, width, height = found[:, 0], found[:, 1], found[:, 2], found[:, 3]
    rows = np.column_stack([found[:, 14], left, top, left + width, top + height, found[:, 4:14]])
    return rows[np.argsort(-width * height)].astype(np.float32)


def _labels(teacher: Path, samples: Sequence[Sample]) -> list[tuple[Sample, Rows]]:
    network = detector(teacher, (160, 160))
    return [(sample, faces(network, image)) for sample, image in loaded(samples)]

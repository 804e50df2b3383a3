"""Which pictures of one part of FER2013 stand in another too: the same photograph, found twice by its web search."""

from collections.abc import Sequence

import cv2
import numpy as np

from facelab.features import Floats
from facelab.types import Gray
from training.datasets import Sample, loaded

SIDE = 16  # pixels: a shift by one of 48, a watermark or JPEG's traces are hardly seen there
ALIKE = 0.9  # correlation above which most pairs in Training and PublicTest show one photograph


def copies(samples: Sequence[Sample], originals: Sequence[Sample]) -> frozenset[str]:
    """The names of those `samples` that are one of the `originals`, or its mirror image, in whatever light.

    Looked at by eye, a third of the pairs between 0.88 and 0.9 are copies too, and some above are two people.
    """
    if not originals:
        return frozenset()
    _, known = signatures(originals)
    mirrored = known.reshape(-1, SIDE, SIDE)[:, :, ::-1].reshape(known.shape)
    names, asked = signatures(samples)
    likest = [(one @ known.T).max() >= ALIKE or (one @ mirrored.T).max() >= ALIKE for one in asked]
    return frozenset(name for name, alike in zip(names, likest, strict=True) if alike)


def signatures(samples: Sequence[Sample]) -> tuple[list[str], Floats]:
    """The names of the readable ones, and a row for each, whose products with others are correlations.

    A row is a small gray picture less its mean, of length 1.
    """
    reduced = {sample.name: _reduced(image[..., 1]) for sample, image in loaded(samples)}
    small = np.array(list(reduced.values())).reshape(-1, SIDE * SIDE)
    small -= small.mean(axis=1, keepdims=True)
    return list(reduced), small / np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6)


def _reduced(gray: Gray) -> Floats:
    return cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()

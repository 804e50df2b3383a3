"""Which pictures of one part of a data set stand in another too, as of FER2013's and of the finder's backgrounds."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from facelab.features import Floats
from facelab.types import Gray
from training.datasets import Sample, loaded

SIDE = 16  # pixels: a shift by one of 48, a watermark or JPEG's traces are hardly seen there
ALIKE = 0.9  # correlation above which most pairs in Training and PublicTest show one photograph


def copies(samples: Sequence[Sample], originals: Sequence[Sample]) -> frozenset[str]:
    """The names of those `samples` that are one of the `originals`; unreadable ones are of neither."""
    if not originals:
        return frozenset()
    asked = {sample.name: reduced(image[..., 1]) for sample, image in loaded(samples)}
    found = alike(list(asked.values()), [reduced(image[..., 1]) for _, image in loaded(originals)])
    return frozenset(name for name, one in zip(asked, found, strict=True) if one)


def alike(pictures: Sequence[Floats], originals: Sequence[Floats]) -> NDArray[np.bool_]:
    """Which `reduced` pictures are one of the originals, or its mirror image, in whatever light.

    Looked at by eye, a third of FER2013's pairs between 0.88 and 0.9 are copies too, and some above are two people. Of
    29 backgrounds above, all but two are the same thing in another size, light or state.
    """
    if not pictures or not originals:
        return np.zeros(len(pictures), bool)
    known = np.array(originals).reshape(-1, SIDE * SIDE)
    mirrored = np.array(originals)[:, :, ::-1].reshape(known.shape)
    likest = [max((one.ravel() @ known.T).max(), (one.ravel() @ mirrored.T).max()) for one in pictures]
    return np.array(likest) >= ALIKE


def reduced(gray: Gray) -> Floats:
    """A picture in SIDE x SIDE pixels less its mean, of length 1: products of two are correlations."""
    small = cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1e-6))

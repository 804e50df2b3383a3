"""Work on many samples, on all cores."""

import os
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from typing import TypeVar

from tqdm import tqdm

from training.datasets import Sample

CHUNK = 128
Result = TypeVar("Result")


def mapped(function: Callable[[Sequence[Sample]], list[Result]], samples: Sequence[Sample], title: str) -> list[Result]:
    """The results of `function` over chunks of the samples, in order, one after the other.

    `function` runs in fresh processes, so that neither TensorFlow's threads nor dlib's state are shared.
    """
    if not samples:
        return []
    chunks = [samples[start : start + CHUNK] for start in range(0, len(samples), CHUNK)]
    with get_context("spawn").Pool(min(len(chunks), len(os.sched_getaffinity(0)))) as pool:
        parts = tqdm(pool.imap(function, chunks), total=len(chunks), desc=title, mininterval=5)
        return [result for part in parts for result in part]

"""Work on many samples, on all cores."""

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from tqdm import tqdm

from facelab.order import in_order, processes
from training.datasets import Sample

CHUNK = 128
Result = TypeVar("Result")


def mapped(function: Callable[[Sequence[Sample]], list[Result]], samples: Sequence[Sample], title: str) -> list[Result]:
    """The results of `function` over chunks of the samples, in order, one after the other.

    `function` runs in fresh processes. Raises BrokenExecutor where one of them is killed.
    """
    if not samples:
        return []
    chunks = [samples[start : start + CHUNK] for start in range(0, len(samples), CHUNK)]
    count = min(len(chunks), len(os.sched_getaffinity(0)))
    pool = processes(count)
    try:
        parts = tqdm(in_order(pool, function, chunks, 2 * count), total=len(chunks), desc=title, mininterval=5)
        return [result for _, part in parts for result in part]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)

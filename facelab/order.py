"""Work by many that comes back in order."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any, TypeVar

import cv2

from facelab import images

Item = TypeVar("Item")
Result = TypeVar("Result")


def processes(count: int, begin: Callable[..., None] | None = None, *arguments: Any) -> ProcessPoolExecutor:
    """A pool of fresh processes, so that no thread's or library's state is shared. They end with this one.

    Each is made one of many, and calls `begin` with the arguments first.
    """
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _start, (begin, arguments))


def _start(begin: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    one_of_many()
    if begin:
        begin(*arguments)


def one_of_many() -> None:
    """Let this process keep to one core, and Pillow to itself what it would say of each picture."""
    images.quiet()
    cv2.setNumThreads(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
    os._exit(1)


def end_processes() -> None:
    """Kill those of pools that were left before their time. Python would wait for them at the end, some for ever."""
    for process in multiprocessing.active_children():
        process.kill()


def in_order(
    pool: Executor, function: Callable[[Item], Result], items: Iterable[Item], ahead: int
) -> Iterator[tuple[Item, Result]]:
    """Each item with its result. At most `ahead` items are under way: there may be a million."""
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    for item in items:
        waiting.append((item, pool.submit(function, item)))
        if len(waiting) >= ahead:
            yield _next(waiting)
    while waiting:
        yield _next(waiting)


def _next(waiting: deque[tuple[Item, Future[Result]]]) -> tuple[Item, Result]:
    item, future = waiting.popleft()
    return item, future.result()

"""How many are served at once, so that of a crowd some get an answer soon and the others "later" at once."""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from facelab.errors import Busy
from facelab.types import Analysis, Analyze

READING = 8  # bodies that are read at once, of up to 15 MB each
RUNNING = 2  # analyses that run at once; more would wait for the same networks and hold more pictures
WAITING = 8  # analyses that wait for these
MOST_WAITING = 32  # what the threads in gunicorn.conf.py allow


class Places:
    """`count` places for `what`; whoever comes when all are taken is sent away."""

    def __init__(self, count: int, what: str) -> None:
        self._count, self._what = count, what
        self._lock = threading.Lock()
        self.taken = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place meanwhile. Raises Busy where none is free."""
        self._move(1)
        try:
            yield
        finally:
            self._move(-1)

    def _move(self, step: int) -> None:
        with self._lock:
            if self.taken + step > self._count:
                raise Busy(f"at most {self._count} {self._what} were expected at once, one more came: ask again later")
            self.taken += step


class Queue:
    """An analyzer of which RUNNING calls run at once and `waiting` wait; a further one raises Busy.

    They run in threads of their own, so that the memory they free is what the next ones take.
    """

    def __init__(self, analyze: Analyze, waiting: int = WAITING) -> None:
        self._analyze = analyze
        self.places = Places(RUNNING + waiting, "pictures")
        self._threads = ThreadPoolExecutor(RUNNING, "analyze")

    @property
    def cards(self) -> Mapping[str, Mapping[str, Any]]:
        return self._analyze.cards

    @property
    def finder(self) -> Mapping[str, Any] | None:
        return self._analyze.finder

    def __call__(self, data: bytes, **question: Any) -> Analysis:
        with self.places.one():
            return self._threads.submit(self._analyze, data, **question).result()

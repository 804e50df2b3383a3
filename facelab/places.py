"""How many are served at once, so that of a crowd some get an answer soon and the others "later" at once."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any

from facelab import images
from facelab.errors import Busy
from facelab.types import Analysis, Analyze

READING = 8  # bodies that are read at once, of up to 15 MB each
OTHERS = 2  # of these, and as many more that wait, are for clients who hold none, so that no single one has them all
RUNNING = 2  # analyses that run at once; more would wait for the same networks and hold more pictures
WAITING = 8  # analyses that wait for these
MOST_WAITING = 32  # what the threads in gunicorn.conf.py allow


class Places:
    """`count` places for `what`, the last `kept` of them for who holds none; whoever comes in vain is sent away."""

    def __init__(self, count: int, what: str, kept: int = 0) -> None:
        self._count, self._what, self._kept = count, what, kept
        self._lock = threading.Lock()
        self._holders: Counter[str] = Counter()
        self.taken = 0

    @contextmanager
    def one(self, who: str = "") -> Iterator[None]:
        """A place meanwhile. Raises Busy where none is free for `who`."""
        with self._lock:
            most = self._count - (self._kept if who in self._holders else 0)
            if self.taken >= most:
                raise Busy(f"at most {most} {self._what} were expected at once, one more came: ask again later")
            self.taken += 1
            self._holders[who] += 1
        try:
            yield
        finally:
            with self._lock:
                self.taken -= 1
                self._holders -= Counter([who])


class Queue:
    """An analyzer of which RUNNING calls run at once and `waiting` of one client wait; a further one raises Busy.

    They run in threads of their own, so that the memory they free is what the next ones take. Of large pictures, which
    take up to 250 MB meanwhile, one runs after the other; the small ones that come between them do not wait for these.
    """

    def __init__(self, analyze: Analyze, waiting: int = WAITING) -> None:
        self._analyze = analyze
        others = OTHERS if waiting else 0
        self.places = Places(RUNNING + waiting + others, "pictures", others)
        self._threads = ThreadPoolExecutor(RUNNING, "analyze")
        self._large = threading.Lock()

    @property
    def cards(self) -> Mapping[str, Mapping[str, Any]]:
        return self._analyze.cards

    @property
    def finder(self) -> Mapping[str, Any] | None:
        return self._analyze.finder

    def __call__(self, data: bytes, *, who: str = "", **question: Any) -> Analysis:
        with self.places.one(who), self._large if images.large(data) else nullcontext():
            return self._threads.submit(self._analyze, data, **question).result()

"""The service over HTTP: how many pictures a second it analyses, what it takes of the memory, how soon it is ready."""

import os
import time
from typing import Any

from benchmarks.load import UNLIMITED, Tally, crowded, known, pictures
from benchmarks.memory import megabytes
from benchmarks.service import ask, gunicorn

FACELAB, TENSORFLOW = "app:create_app()", "benchmarks.tensorflow_app:create_app()"
CLIENTS = (1, 8, 64)
MOST = min(2, len(os.sched_getaffinity(0)))  # cores of a service
FIRST = 1_000  # questions after which memory has to stay as it is


def throughput(app: str, cores: int, picture: bytes, seconds: float) -> dict[str, dict[str, Any]]:
    """By the number of clients that ask at once: answers a second, and how long those took that were no "later"."""
    with gunicorn(app, cores=cores, FACELAB_RATE=UNLIMITED) as (port, _):
        return {str(clients): _round(port, picture, clients, seconds) for clients in CLIENTS}


def memory(questions: int, clients: int = 8) -> dict[str, Any]:
    """Megabytes (PSS) of all processes after the first questions and after all, and the most while they are asked."""
    with gunicorn(FACELAB, cores=MOST, FACELAB_RATE=UNLIMITED) as (port, service):
        crowd = [known(port, picture) for picture in pictures(clients)]
        tally, seen, busy = Tally(), list[tuple[int, float]](), list[float]()
        while sum(tally.outcomes.values()) < questions:
            came = crowded(port, crowd, 1.0, lambda: busy.append(megabytes(service.pid)))
            tally.outcomes.update(came.outcomes)
            checked(came)
            seen.append((sum(tally.outcomes.values()), megabytes(service.pid)))
    warm = next(size for count, size in seen if count >= min(FIRST, questions))
    sizes = {"warm_mb": warm, "end_mb": seen[-1][1], "most_mb": max([*busy, *(size for _, size in seen)])}
    growth = {"growth_percent": round(100 * (sizes["end_mb"] / warm - 1), 1), "questions": seen[-1][0]}
    return {name: round(size, 1) for name, size in sizes.items()} | growth


def ready(cores: int = MOST) -> float:
    """Seconds from the start to a /readyz that says so."""
    start = time.monotonic()
    with gunicorn(FACELAB, cores=cores) as (port, _):
        answer = ask(port, "GET", "/readyz")
        if answer.status != 200:
            raise RuntimeError(f"a service that is ready was expected, {answer.body} came")
        return round(time.monotonic() - start, 2)


def _round(port: int, picture: bytes, clients: int, seconds: float) -> dict[str, Any]:
    crowd = [known(port, picture)] * clients
    crowded(port, crowd, seconds / 4)
    return checked(crowded(port, crowd, seconds)).to_dict()


def checked(tally: Tally) -> Tally:
    """What came, of which nothing was wrong. Raises RuntimeError."""
    if tally.wrong or set(tally.outcomes) - {"200", "503"}:
        raise RuntimeError(f"right answers and 503 were expected, {dict(tally.outcomes)} came, {tally.wrong} wrong")
    return tally

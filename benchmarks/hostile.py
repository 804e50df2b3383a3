"""The service before hostile questions: damaged pictures, lies about them, references to what is none of its business.

A line of JSON. The exit status is 1 where an answer was not as the contract says (200, or a problem as JSON, with
Retry-After where it is 503), where a process ended, where memory grew or was too much, or where the service opened the
file or called the port that the questions name. The first questions that were answered wrongly go into `--keep`, as
they went over the wire.
"""

import argparse
import ctypes
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from benchmarks.load import UNLIMITED
from benchmarks.memory import megabytes, processes
from benchmarks.mutations import originals
from benchmarks.questions import Question, question
from benchmarks.service import ask, gunicorn

CLIENTS = 6  # fewer than are read at once, so that nobody is sent away for that
PATIENCE = 60.0  # seconds that a client waits for an answer
GROWTH = 0.1  # of memory between the warm service and the end: allocators keep some 20 MB more or less
WARM = 0.2  # of the questions, after which memory is measured first
KEPT = 20  # questions that were answered wrongly
MOST_MB = 512.0  # what a small dyno has
OPENED = 0x20  # IN_OPEN of inotify(7)


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A file that nobody may open and a port that nobody may call."""

    file: Path
    server: socket.socket
    watch: int  # an inotify descriptor

    @property
    def named(self) -> dict[str, Any]:
        return {"file": self.file, "port": self.server.getsockname()[1]}

    def touched(self) -> list[str]:
        """What somebody opened or called."""
        found = []
        with suppress(BlockingIOError):
            os.read(self.watch, 4096)
            found.append(f"the file {self.file} was opened")
        with suppress(BlockingIOError):
            self.server.accept()[0].close()
            found.append("the port was called")
        return found


@dataclass(kw_only=True)
class Tally:
    """Statuses by the questions' kinds, and what was wrong with an answer, by the question's number."""

    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, number: int, outcome: str, fault: str | None) -> None:
        with self.lock:
            self.outcomes[outcome] += 1
            if fault:
                self.wrong[number] = fault


@contextmanager
def canary() -> Iterator[Canary]:
    """Linux alone tells who opens a file."""
    libc = ctypes.CDLL(None, use_errno=True)
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        file = Path(folder, "canary.txt")
        file.write_text("nobody reads this")
        server.setblocking(False)
        watch = libc.inotify_init1(os.O_NONBLOCK)
        if libc.inotify_add_watch(watch, os.fsencode(file), OPENED) < 0:
            raise OSError(ctypes.get_errno(), f"{file} cannot be watched")
        try:
            yield Canary(file=file, server=server, watch=watch)
        finally:
            os.close(watch)


def hostile(count: int, seed: int, keep: Path | None = None) -> dict[str, Any]:
    """What `count` questions came to."""
    pictures = originals()
    with canary() as bait, gunicorn(FACELAB_RATE=UNLIMITED) as (port, service):
        if (ready := ask(port, "GET", "/readyz")).status != 200:
            raise RuntimeError(f"a service that is ready was expected, {ready.body} came")
        tally, before = Tally(), processes(service.pid)

        def put(number: int) -> None:
            asked = question(seed, number, pictures, bait.named)
            outcome, fault = answered(port, asked)
            tally.add(number, outcome, fault)
            if fault and keep and len(tally.wrong) <= KEPT:
                (keep / f"{seed}-{number}.http").write_bytes(asked.wire)

        warm = _memory_after(put, range(int(count * WARM)), service.pid)
        end = _memory_after(put, range(int(count * WARM), count), service.pid)
        return {
            "questions": count,
            "seed": seed,
            "outcomes": dict(sorted(tally.outcomes.items())),
            "wrong": dict(sorted(tally.wrong.items())),
            "same_processes": processes(service.pid) == before,
            "touched": bait.touched(),
            "mb_warm": warm[0],
            "mb_end": end[0],
            "mb_most": max(warm[1], end[1]),
        }


def answered(port: int, asked: Question) -> tuple[str, str | None]:
    """The status or why there was none, and what is wrong with the answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            _send(connection, asked)
            response = HTTPResponse(connection, method="POST")
            response.begin()
            body = response.read()
    except (OSError, HTTPException) as error:
        return "cut", f"{asked.kind}: an answer was expected, {error!r} came"
    fault = unlike_contract(response.status, dict(response.getheaders()), body)
    return str(response.status), f"{asked.kind}: {fault}" if fault else None


def unlike_contract(status: int, headers: dict[str, str], body: bytes) -> str | None:
    """What an answer has that the contract knows nothing of."""
    if status == 200:
        return None if b'"faces"' in body else f"faces were expected with 200, {body[:80]!r} came"
    if status >= 500 and not (status == 503 and "Retry-After" in headers):
        return f"no 5xx but 503 with Retry-After was expected, {status} came: {body[:200]!r}"
    if headers.get("Content-Type") != "application/problem+json":
        return (
            f"application/problem+json was expected with {status}, {headers.get('Content-Type')} came: {body[:200]!r}"
        )
    try:
        said = json.loads(body)
    except ValueError:
        return f"JSON was expected with {status}, {body[:200]!r} came"
    fits = (
        isinstance(said, dict)
        and said.keys() == {"type", "title", "status", "detail"}
        and said["status"] == status
        and said["detail"]
    )
    return None if fits else f"type, title, status {status} and detail were expected, {said} came"


def faults(came: dict[str, Any]) -> list[str]:
    """What must not be."""
    found = [f"question {number}: {fault}" for number, fault in came["wrong"].items()]
    found += came["touched"]
    if "503" in came["outcomes"]:
        found.append(f"a place for each of {CLIENTS} clients was expected, {came['outcomes']['503']} were sent away")
    if not came["same_processes"]:
        found.append("the processes that were there at the start were expected, one ended")
    if came["mb_end"] > (1 + GROWTH) * came["mb_warm"]:
        found.append(f"{came['mb_warm']} MB were expected at the end as well, {came['mb_end']} came")
    if came["mb_most"] > MOST_MB:
        found.append(f"at most {MOST_MB} MB were expected, {came['mb_most']} came")
    return found


def _memory_after(put: Callable[[int], None], numbers: range, service: int) -> tuple[float, float]:
    """Megabytes once all are answered, and the most meanwhile."""
    most = 0.0
    with ThreadPoolExecutor(CLIENTS) as pool:
        asking = [pool.submit(put, number) for number in numbers]
        try:
            while not all(task.done() for task in asking):
                most = max(most, megabytes(service))
                time.sleep(0.1)
        finally:
            pool.shutdown(cancel_futures=True)
    for task in asking:
        task.result()
    return round(megabytes(service), 1), round(most, 1)


def _send(connection: socket.socket, asked: Question) -> None:
    """All of it, unless the service has answered and closed already."""
    step = len(asked.wire) // 8 + 1 if asked.slow else max(1, len(asked.wire))
    with suppress(OSError):
        for start in range(0, len(asked.wire), step):
            connection.sendall(asked.wire[start : start + step])
            time.sleep(0.05 if asked.slow else 0)
        if not asked.stalls:
            connection.shutdown(socket.SHUT_WR)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()), help="folder for what broke it")
    options = parser.parse_args(arguments)
    options.keep.mkdir(parents=True, exist_ok=True)
    came = hostile(options.count, options.seed, options.keep)
    print(json.dumps(came))
    for fault in (found := faults(came)):
        print(fault, file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

"""The service under load: clients at once, each with a picture of its own, whose answer it knows.

Three rounds: nothing happens; a worker is killed (SIGKILL); the service is ended (SIGTERM). A line of JSON for each.
The exit status is 1 where an answer was another picture's or another status than 200 and 503 came, where a
question before the end stayed without an answer, or where nobody was served again after the kill.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import numpy as np
from PIL import Image as Pillow

from benchmarks.memory import processes
from benchmarks.scenes import jpeg
from benchmarks.service import ROOT, ask, gunicorn

RECOVERY = 60.0  # seconds within which a killed worker's successor must serve
UNLIMITED = "1000000 per second"  # the clients share an address


@dataclass(kw_only=True)
class Tally:
    """What one round's questions came to: statuses, or why there was none; seconds of those that got 200."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    began: float = field(default_factory=time.monotonic)
    last_served: float = 0.0  # when the last question that got 200 was asked
    last_answer: float = 0.0  # and when the last of their answers came
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, outcome: str, asked: float | None = None, *, wrong: bool = False) -> None:
        with self.lock:
            self.outcomes[outcome] += 1
            self.wrong += wrong
            if asked is not None:
                self.last_answer = time.monotonic()
                self.seconds.append(self.last_answer - asked)
                self.last_served = max(self.last_served, asked)

    def to_dict(self) -> dict[str, Any]:
        middle, late = np.percentile(self.seconds or [0.0], [50, 99])
        return {
            "outcomes": dict(sorted(self.outcomes.items())),
            "wrong": self.wrong,
            "p50_ms": _ms(middle),
            "p99_ms": _ms(late),
            "per_second": self.per_second,
        }

    @property
    def per_second(self) -> float:
        """Answers, those too that came once no more was asked, over the time to the last of them."""
        return round(len(self.seconds) / (self.last_answer - self.began), 1) if self.seconds else 0.0


@dataclass(frozen=True, kw_only=True)
class Client:
    """Somebody with a picture and the faces that are in it."""

    picture: bytes
    faces: list[dict[str, Any]]

    def ask(self, port: int, tally: Tally) -> None:
        start = time.monotonic()
        try:
            answer = ask(port, "POST", "/predict", self.picture)
        except (OSError, HTTPException) as error:
            tally.add("refused" if isinstance(error, ConnectionRefusedError) else "cut")
            time.sleep(0.05)
            return
        if answer.status == 200:
            tally.add("200", start, wrong=answer.body["faces"] != self.faces)
        else:
            tally.add(str(answer.status))
            time.sleep(float(answer.headers.get("Retry-After", "0.1")))


def pictures(count: int) -> list[bytes]:
    """The probe on canvases of different sizes, at different places."""
    probe = Pillow.open(ROOT / "models" / "probe.jpg")
    return [_on_canvas(probe, 640 + 16 * number, 4 * number) for number in range(count)]


def known(port: int, picture: bytes) -> Client:
    """A client who has asked once, alone."""
    answer = ask(port, "POST", "/predict", picture)
    if answer.status != 200 or not answer.body["faces"]:
        raise RuntimeError(f"faces were expected in the probe, status {answer.status} came: {answer.body}")
    return Client(picture=picture, faces=answer.body["faces"])


def load(clients: int, seconds: float) -> dict[str, dict[str, Any]]:
    """What the rounds came to, by their names."""
    with gunicorn(FACELAB_RATE=UNLIMITED) as (port, service):
        crowd = [known(port, picture) for picture in pictures(clients)]
        steady = crowded(port, crowd, seconds)
        start = time.monotonic()
        killed = crowded(port, crowd, seconds, lambda: _kill_worker(service), RECOVERY)
        ended = crowded(port, crowd, seconds, service.terminate)
        return {
            "steady": steady.to_dict(),
            "killed": {**killed.to_dict(), "served_again": killed.last_served > start + seconds / 2},
            "ended": {**ended.to_dict(), "exit": service.wait(60)},
        }


def crowded(
    port: int, crowd: list[Client], seconds: float, disturb: Callable[[], None] | None = None, recovery: float = 0
) -> Tally:
    """All ask for `seconds`, in the middle of which something happens; `recovery` longer until one is served again."""
    tally, middle = Tally(), time.monotonic() + seconds / 2
    over = threading.Event()

    def ask_on(client: Client) -> None:
        while not over.is_set():
            client.ask(port, tally)

    with ThreadPoolExecutor(len(crowd)) as pool:
        asking = [pool.submit(ask_on, client) for client in crowd]
        try:
            time.sleep(seconds / 2)
            if disturb:
                disturb()
            time.sleep(seconds / 2)
            while tally.last_served < middle and time.monotonic() < middle + recovery:
                time.sleep(0.1)
        finally:
            over.set()
    for task in asking:
        task.result()
    return tally


def faults(rounds: dict[str, dict[str, Any]]) -> list[str]:
    """What must not be."""
    allowed = {"steady": {"200", "503"}, "killed": {"200", "503", "refused", "cut"}, "ended": {"200", "503", "refused"}}
    found = [f"{name}: {came['wrong']} wrong answers" for name, came in rounds.items() if came["wrong"]]
    for name, came in rounds.items():
        if others := set(came["outcomes"]) - allowed[name]:
            found.append(f"{name}: {', '.join(sorted(allowed[name]))} were expected, also {', '.join(others)} came")
    if not rounds["killed"]["served_again"]:
        found.append("killed: nobody was served again")
    if rounds["ended"]["exit"]:
        found.append(f"ended: exit status 0 was expected, {rounds['ended']['exit']} came")
    return found


def _kill_worker(service: subprocess.Popen[bytes]) -> None:
    os.kill(processes(service.pid)[1], signal.SIGKILL)


def _on_canvas(probe: Pillow.Image, width: int, left: int) -> bytes:
    canvas = Pillow.new("RGB", (width, 520), "gray")
    canvas.paste(probe, (left, 4))
    return jpeg(canvas)


def _ms(seconds: float) -> float:
    return round(1000 * float(seconds), 1)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20, help="of each round")
    options = parser.parse_args(arguments)
    rounds = load(options.clients, options.seconds)
    for name, came in rounds.items():
        print(json.dumps({"round": name, **came}))
    for fault in (found := faults(rounds)):
        print(fault, file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

"""The service behind a real Gunicorn, with answers that take as long as a test wants."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from app import create_app
from facelab.types import Analysis
from facelab.worker import PatientWorker
from tests.builders import FakeAnalyze

ROOT = Path(__file__).parent.parent


class SlowAnalyze(FakeAnalyze):
    """Takes `seconds` for every picture."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def __call__(self, data: bytes, **question: Any) -> Analysis:
        time.sleep(self._seconds)
        return super().__call__(data, **question)


class HastyWorker(PatientWorker):
    patience = 1.0


def slow_app(seconds: float) -> Flask:
    return create_app({"MAX_BYTES": 100_000}, SlowAnalyze(seconds))


@contextmanager
def gunicorn(
    app: str = "app:create_app()", *arguments: str, cwd: Path = ROOT, stderr: int | None = None, **settings: str
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The port at which Gunicorn serves `app` with our configuration, and its process. `settings`: variables."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", app, *arguments]
    variables = {**os.environ, "PORT": str(port), **settings}
    with subprocess.Popen(command, cwd=cwd, env=variables, stderr=stderr) as process:
        try:
            _wait_for(port, process)
            yield port, process
        finally:
            process.terminate()


def ask(port: int, method: str, path: str, body: bytes | None = None) -> int:
    """The status of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {"Content-Type": "image/jpeg"})
    status = connection.getresponse().status
    connection.close()
    return status


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"a service at port {port} was expected within {seconds:.0f} s, none answers")

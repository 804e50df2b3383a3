"""The service as a process of its own, and single questions to it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`body` is what JSON says of it, None where it is none."""

    status: int
    body: Any
    headers: dict[str, str]


@contextmanager
def on(cores: int) -> Iterator[None]:
    """What this thread and those it starts run on meanwhile. Raises ValueError where there are fewer."""
    before = os.sched_getaffinity(0)
    if len(before) < cores:
        raise ValueError(f"{cores} cores were expected, {len(before)} are there")
    os.sched_setaffinity(0, set(sorted(before)[:cores]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def gunicorn(
    app: str = "app:create_app()",
    *arguments: str,
    cwd: Path = ROOT,
    stderr: int | None = None,
    cores: int | None = None,
    **settings: str,
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The port at which Gunicorn serves `app` with our configuration, and its process. `settings`: variables.

    `cores`: on how many it runs, None for all. Linux alone knows that, and `on` raises where there are fewer.
    """
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", app, *arguments]
    variables = {**os.environ, "PORT": str(port), **settings}
    with on(cores) if cores else nullcontext():
        process = subprocess.Popen(command, cwd=cwd, env=variables, stderr=stderr)  # noqa: S603
    with process:
        try:
            _wait_for(port, process)
            yield port, process
        finally:
            process.terminate()


def ask(port: int, method: str, path: str, picture: bytes | None = None) -> Answer:
    """Raises OSError or HTTPException where no whole answer comes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, picture, {"Content-Type": "image/jpeg"})
        response = connection.getresponse()
        data, headers = response.read(), dict(response.getheaders())
    finally:
        connection.close()
    return Answer(status=response.status, body=_json(data), headers=headers)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


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

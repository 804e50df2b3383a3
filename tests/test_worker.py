"""The service behind a real Gunicorn: crowds, slow clients, a stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from select import select

import pytest

from benchmarks.service import ask, gunicorn
from facelab.places import READING, RUNNING
from facelab.worker import PatientWorker, bar, listens, unbar
from tests.builders import encoded

JPEG = encoded()
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"
BEGUN = HEAD + b"Content-Length: %d\r\n\r\n" % len(JPEG) + JPEG[:100]
BEGUN_IN_CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(JPEG) + JPEG[:100]


def predict(port: int) -> int:
    return ask(port, "POST", "/predict", JPEG).status


def sent(port: int, data: bytes, source: str = "127.0.0.1") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 60, (source, 0))
    connection.sendall(data)
    return connection


def answered(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_crowd_gets_answers_or_later() -> None:
    """Of twelve at once three have a place; the others know it before those have their answers."""
    with gunicorn("tests.served:slow_app(2)", FACELAB_QUEUE="1") as (port, _), ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(predict, port) for _ in range(12)]
        assert ask(port, "GET", "/healthz").status == 200
        assert not all(answer.done() for answer in answers)
        statuses = sorted(answer.result() for answer in answers)
    assert set(statuses) == {200, 503}
    assert statuses.count(200) >= RUNNING + 1


def test_slow_clients_hold_no_thread_for_long() -> None:
    """Bodies and heads that never end, more than there are threads: each is ended, the service answers throughout."""
    hasty = ("--worker-class", "tests.served.HastyWorker", "--threads", str(READING + 8))
    with gunicorn("tests.served:slow_app(0)", *hasty) as (port, _), ExitStack() as stack:
        begun = [BEGUN, BEGUN_IN_CHUNKS, HEAD] * READING
        slow = [stack.enter_context(sent(port, data)) for data in begun]
        assert ask(port, "GET", "/healthz").status == 200
        ends = [answered(connection) for connection in slow]
        assert predict(port) == 200
    assert {end[9:12] for end in ends} <= {b"", b"400", b"503"}
    assert any(b"came too slowly" in end for end in ends)


def test_heads_that_never_end_give_way() -> None:
    """Three times as many as there are threads; with less to do the service would wait 20 seconds for each."""
    with gunicorn("tests.served:slow_app(0)", "--threads", "8") as (port, _), ExitStack() as stack:
        for _ in range(24):
            stack.enter_context(sent(port, HEAD))
        start = time.monotonic()
        assert predict(port) == 200
        assert time.monotonic() - start < PatientWorker.patience


def test_one_client_does_not_hold_all_places_to_read() -> None:
    with gunicorn("tests.served:slow_app(0)") as (port, _), ExitStack() as stack:
        for _ in range(READING):
            stack.enter_context(sent(port, BEGUN))
        until = time.monotonic() + 10
        while predict(port) != 503:
            assert time.monotonic() < until
        with sent(port, BEGUN + JPEG[100:], source="127.0.0.2") as other:
            assert other.recv(12) == b"HTTP/1.1 200"


def test_who_takes_no_answers_holds_no_thread_for_long() -> None:
    """Questions upon questions, more connections than there are threads, and never a look at what comes."""
    hasty = ("--worker-class", "tests.served.HastyWorker", "--threads", "4")
    with gunicorn("tests.served:slow_app(0)", *hasty) as (port, _), ExitStack() as stack:
        for _ in range(6):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", port))
            connection.setblocking(False)
            with suppress(BlockingIOError):
                connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 4000)
        time.sleep(8)  # until all that the system takes for them is full
        assert predict(port) == 200


def test_who_sends_too_much_first_hears_why() -> None:
    """A client that reads no answer before it has sent all."""
    with gunicorn("tests.served:slow_app(0)") as (port, _):
        for size in (300_000, 20_000_000):
            with sent(port, HEAD + b"Content-Length: %d\r\n\r\n" % size + b"0" * size) as connection:
                assert connection.recv(12) == b"HTTP/1.1 413"
        assert predict(port) == 200


def test_a_connection_serves_on_after_a_refusal() -> None:
    """Refused before the body was read, once of a length and once in chunks, again and again."""
    with gunicorn("tests.served:slow_app(0)") as (port, _), closing(HTTPConnection("127.0.0.1", port)) as connection:
        for number in range(10):
            body: bytes | Iterator[bytes] = iter([JPEG[:1000], JPEG[1000:]]) if number % 2 else JPEG
            connection.request("POST", "/predict?foo=1", body, {"Content-Type": "image/jpeg"})
            answer = connection.getresponse()
            assert (answer.status, answer.getheader("Connection")) == (400, "keep-alive")
            assert b"'foo' came" in answer.read()


@pytest.mark.parametrize("query", [b"", b"?foo=1"])
def test_what_comes_of_a_body_too_late_is_no_request(query: bytes) -> None:
    """A body of requests, sent slowly: it is cut after a second, refused before it was read or for its slowness."""
    head = HEAD.replace(b"/predict", b"/predict" + query) + b"Content-Length: 200000\r\n\r\n"
    got = b""
    with gunicorn("tests.served:slow_app(0)", "--worker-class", "tests.served.HastyWorker") as (port, _):
        with sent(port, head) as connection, suppress(OSError):
            for _ in range(4000):
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                if select([connection], [], [], 0.0005)[0]:
                    got += connection.recv(65536)
        assert predict(port) == 200
    assert got.count(b"HTTP/1.1 ") == 1


def test_who_does_not_hang_up_holds_up_nobody() -> None:
    """Gunicorn would wait two seconds for each, in the thread that lets all others in."""
    bye = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with gunicorn("tests.served:slow_app(0)") as (port, _), ExitStack() as stack:
        held = [stack.enter_context(sent(port, data)) for data in [bye, b"no HTTP\r\n\r\n"] * 6]
        start = time.monotonic()
        assert predict(port) == 200
        assert time.monotonic() - start < 8
        assert {answered(connection)[9:12] for connection in held} == {b"200", b"400"}


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_another_worker_takes_the_place_of_one_that_ends(number: signal.Signals) -> None:
    """A master that is told to start anew (SIGHUP), and a worker that is ended (SIGTERM)."""
    with gunicorn("tests.served:slow_app(0)") as (port, process):
        assert predict(port) == 200
        (worker,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(process.pid if number == signal.SIGHUP else int(worker), number)
        until = time.monotonic() + 60
        while Path(f"/proc/{worker}").exists():
            assert time.monotonic() < until
            time.sleep(0.1)
        assert predict(port) == 200


def test_sigterm_finishes_what_is_under_way() -> None:
    with gunicorn("tests.served:slow_app(2)") as (port, process), ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(predict, port) for _ in range(4)]
        while ask(port, "GET", "/healthz").status == 200 and not any(answer.done() for answer in answers):
            pass  # the first two are answered, the others under way
        process.terminate()
        assert [answer.result() for answer in answers] == [200] * 4
        assert process.wait(30) == 0


def test_who_knocks_at_a_barred_door_is_refused_once_it_is_closed() -> None:
    with socket.create_server(("localhost", 0)) as listener:
        address = listener.getsockname()
        socket.create_connection(address).close()
        bar(listener)
        with pytest.raises(TimeoutError):
            socket.create_connection(address, timeout=0.2)
        listener.settimeout(1)
        listener.accept()[0].close()  # who came before
        with pytest.raises(TimeoutError):
            listener.accept()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def test_who_is_in_before_the_door_is_barred_is_heard() -> None:
    with socket.create_server(("localhost", 0)) as listener, socket.create_connection(listener.getsockname()) as came:
        bar(listener)
        came.sendall(b"hello")
        with listener.accept()[0] as served:
            assert served.recv(5) == b"hello"
            served.sendall(b"welcome")
        assert came.recv(7) == b"welcome"
        unbar(listener)
        socket.create_connection(listener.getsockname(), timeout=1).close()


def test_whether_somebody_else_listens() -> None:
    with socket.create_server(("localhost", 0)) as listener:
        assert listens(os.getpid(), listener)
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
            assert not listens(other.pid, listener)
            other.communicate(b"\n")
        assert listens(other.pid, listener), "nobody can know"

"""Gunicorn's worker with threads: how long it waits for a request, and what it says to one that is no HTTP."""

import ctypes
import json
import os
import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Any

from gunicorn.http import errors
from gunicorn.workers.gthread import TConn, ThreadWorker

from facelab.types import Problem

STATUS: Mapping[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
}
MOST = 0.75  # of the threads, from where on heads have to hurry
ATTACH_FILTER, DETACH_FILTER = 26, 27  # SO_ATTACH_FILTER, SO_DETACH_FILTER of socket(7)
NO_SYN = (  # (code, jump if so, jump if not, k): a program of four steps, see the kernel's networking/filter
    (0x30, 0, 0, 13),  # BPF_LD | BPF_B | BPF_ABS: the flags of the TCP header
    (0x45, 0, 1, 0x02),  # BPF_JMP | BPF_JSET: is SYN among them?
    (0x06, 0, 0, 0),  # BPF_RET: no byte of it
    (0x06, 0, 0, 0xFFFFFFFF),  # BPF_RET: all of it
)
HANDSHAKE = 0.1  # seconds within which who knocked before a stop has come in
OUR_OWN = (errors.ConfigurationProblem, errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # Gunicorn comes without types
    """Reads no request for longer than `patience` seconds, where gthread would wait for the next byte for ever.

    What has come by then is what the application gets; the answer still goes out, to who takes it in `parting` seconds.
    Where most threads are taken, a head has only `hurry` seconds, since no place is asked for before it is whole; so
    has the rest of a body that is answered already, which else has `linger`.
    """

    patience, hurry, parting = 20.0, 2.0, 60.0  # all from when the request is looked at
    linger = 5.0  # from when it is answered

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._since: dict[TConn, float] = {}
        self._heads: set[TConn] = set()
        self._rests: set[TConn] = set()
        self._cut: set[TConn] = set()

    def handle(self, conn: TConn) -> object:
        self._since[conn] = time.monotonic()
        self._heads.add(conn)
        self._cut.discard(conn)
        try:
            kept = super().handle(conn)
            if not kept:  # or gthread's accepting thread would wait two seconds for each who does not hang up
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)
            return kept
        finally:
            for known in (self._heads, self._rests, self._cut):
                known.discard(conn)
            del self._since[conn]

    def handle_request(self, req: object, conn: TConn) -> bool:
        """Takes what is left of a body that was refused unread, so that who sends all of it first hears why.

        Another request may come after it, unless it was cut: then nobody knows where that would begin.
        """
        self._heads.discard(conn)
        keep = bool(super().handle_request(req, conn))
        self._since[conn] = time.monotonic()
        self._rests.add(conn)
        return _taken(req) and keep and conn not in self._cut

    def notify(self) -> None:
        """Gunicorn calls this about once a second."""
        super().notify()
        now, under_way = time.monotonic(), list(self._since.items())
        crowded = len(under_way) > MOST * self.cfg.threads
        for conn, since in under_way:
            patience = self.linger if conn in self._rests else self.patience
            if crowded and (conn in self._heads or conn in self._rests):
                patience = self.hurry
            if now - since > patience:
                self._cut.add(conn)
                with suppress(OSError):  # it is closed already
                    conn.sock.shutdown(socket.SHUT_RDWR if now - since > self.parting else socket.SHUT_RD)

    def handle_error(self, req: object, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Writes the contract's problem, where Gunicorn would write HTML, to a request that never reaches the app."""
        if not isinstance(exc, errors.ParseException) or isinstance(exc, OUR_OWN):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("a request was refused: %s", type(exc).__name__)  # its text may quote the picture's bytes
        with suppress(OSError):
            client.sendall(refusal(exc))

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            self._close_door()

    def _close_door(self) -> None:
        """Who knocked before a stop is served, who comes later refused; gthread would let both wait and cut them."""
        for listener in self.sockets:
            bar(listener)
        time.sleep(HANDSHAKE)
        for listener in self.sockets:
            served = -1
            while served < self.nr_conns:
                served = self.nr_conns
                self.accept(listener)
            if listens(os.getppid(), listener):  # Gunicorn's master has closed its own where all is to end
                unbar(listener)
            listener.close()


def bar(listener: Any) -> None:
    """Let nobody knock any more, who would be cut if the listener closed before the next look.

    Linux then drops each first packet (SYN), and who sent it tries again in a second, when nobody listens, or another
    worker.
    """
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in NO_SYN))
    with suppress(OSError):
        filtered = struct.pack("HP", len(NO_SYN), ctypes.addressof(code))
        listener.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, filtered)


def unbar(listener: Any) -> None:
    """Let who comes in again: the filter is the socket's, which Gunicorn's master and its next worker share."""
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, DETACH_FILTER, 0)


def listens(process: int, listener: Any) -> bool:
    """Whether a process holds the same socket; True where that cannot be seen, as on other systems than Linux."""
    ours = os.fstat(listener.fileno())
    try:
        return any(_is(opened, ours) for opened in Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return True


def _is(opened: Path, ours: os.stat_result) -> bool:
    try:
        return os.path.samestat(opened.stat(), ours)
    except FileNotFoundError:  # it is closed already
        return False


def _taken(req: Any) -> bool:
    """Whether a request's body came to its end, which nobody else may have waited for."""
    with suppress(errors.ParseException, OSError):  # it is no body, or nobody is there
        while req.body.read(1 << 16):
            pass
        return True
    return False


def refusal(error: Exception) -> bytes:
    """A whole answer to what is no HTTP as it should be."""
    status = STATUS.get(type(error), HTTPStatus.BAD_REQUEST)
    problem = Problem(title=status.phrase, status=status, detail=f"an HTTP request was expected: {str(error)[:200]}")
    body = json.dumps(asdict(problem)).encode()
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

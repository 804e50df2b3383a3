"""Gunicorn's worker with threads, and how long it waits for a request."""

import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # Gunicorn comes without types
    """Reads no request for longer than `patience` seconds, where gthread would wait for the next byte for ever.

    What has come by then is what the application gets; the answer still goes out.
    """

    patience = 20.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._since: dict[TConn, float] = {}

    def handle(self, conn: TConn) -> object:
        self._since[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._since[conn]

    def notify(self) -> None:
        """Gunicorn calls this about once a second."""
        super().notify()
        latest = time.monotonic() - self.patience
        for conn, since in list(self._since.items()):
            if since < latest:
                with suppress(OSError):  # it is closed already
                    conn.sock.shutdown(socket.SHUT_RD)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            self._close_door()

    def _close_door(self) -> None:
        """Who knocked before a stop is served, who comes later refused; gthread would let both wait and cut them."""
        for listener in self.sockets:
            served = -1
            while served < self.nr_conns:
                served = self.nr_conns
                self.accept(listener)
            listener.close()

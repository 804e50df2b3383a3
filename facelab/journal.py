"""The log: a line for each request, and the id that ties a request to its lines. No line holds a picture or an answer.

Gunicorn's configuration makes JSON of the lines.
"""

import logging
import re
import time
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request

GIVEN = re.compile(r"[\w.+/=:-]{1,64}", re.ASCII)  # what is taken for an id; no blanks, no end of line
LONGEST_PATH = 200


class RequestId(logging.Filter):
    """Adds `request_id` to every line that is logged during a request, errors among them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if has_request_context() and "request_id" in g:
            record.request_id = g.request_id
        return True


def init_app(app: Flask) -> None:
    """To be called before others, so that theirs is in the time and their headers are set when it ends."""
    app.before_request(begin)
    app.after_request(end)


def begin() -> None:
    """X-Request-ID where it can be one, a new id otherwise."""
    g.start = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if GIVEN.fullmatch(given) else uuid4().hex


def end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    line = {
        "method": request.method,
        "path": request.path[:LONGEST_PATH],
        "status": response.status_code,
        "reason": g.get("reason"),
        "bytes": request.content_length,
        "ms": round(1000 * (time.perf_counter() - g.start), 1),
    }
    logging.getLogger(__name__).info("request", extra=line)
    return response

"""How the service is served, by `make run` and by the Procfile alike. Gunicorn finds this file itself.

GUNICORN_CMD_ARGS, e.g. "--workers 2", wins over what stands here.
"""

import ctypes
import os
import platform
import sys

# Every interface where a platform hands out the port, this machine alone otherwise.
port = os.environ.get("PORT", "").strip()
if port and not (port.isdecimal() and int(port) < 2**16):
    sys.exit(f"PORT: a whole number from 0 to 65535 was expected, {port!r} came")
bind = f"0.0.0.0:{port}" if port else "localhost:8000"

# One process holds the networks once, which fits 512 MB; its threads share them. Set here because
# Heroku's WEB_CONCURRENCY would start more. No preload: a runtime's threads do not survive a fork.
workers = 1
# What is short has a thread however many pictures are read (8), analysed (2) and waiting (at most 32 and two).
worker_class = "facelab.worker.PatientWorker"
threads = 48

# SIGTERM lets what is under way end; Heroku kills after 30 seconds.
graceful_timeout = 25

# Each line of the log is JSON, but the one in which LiteRT says at the start that it takes XNNPACK. The application
# writes one for a request, so Gunicorn need not, nor Flask-Limiter, which would name the client.
logconfig_dict = {
    "root": {"level": "INFO", "handlers": ["json"]},
    "loggers": {
        "gunicorn.error": {"propagate": True},
        "gunicorn.access": {"level": "CRITICAL"},
        "flask-limiter": {"level": "WARNING"},
    },
    "handlers": {"json": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}},
    "filters": {"request_id": {"()": "facelab.journal.RequestId"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(levelname)s%(name)s%(message)s",
            "timestamp": True,
        }
    },
}

# A header is no setting: SCRIPT_NAME's would move the service, whoever sent it.
forwarder_headers = ""

# Nobody steers it by the socket that Gunicorn would open in the home folder.
control_socket_disable = True


def post_fork(server: object, worker: object) -> None:  # noqa: ARG001
    import cv2  # here: Gunicorn itself needs no pictures

    from facelab.images import quiet

    give_memory_back()
    quiet()
    cv2.setNumThreads(1)  # analyses share the cores already; OpenCV's threads would spin beside them


def give_memory_back() -> None:
    """Gives the memory of large pictures back once they are analysed, and keeps that of small blocks for the next.

    glibc would keep it in each thread's heap: it raises the size from which it maps memory (M_MMAP_THRESHOLD, -3)
    to that of the largest block that was freed, until somebody sets it. It then gives the end of a heap back, too,
    whenever 128 kB are free there (M_TRIM_THRESHOLD, -1): nine hundred pages, which each analysis had to be given
    anew. Two heaps for all threads (M_ARENA_MAX, -8), as many as analyses run at once, keep little. See mallopt(3).
    """
    if platform.libc_ver()[0] == "glibc":
        glibc = ctypes.CDLL(None)
        glibc.mallopt(-3, 3 << 19)
        glibc.mallopt(-1, 4 << 20)
        glibc.mallopt(-8, 2)

"""Apps for a real Gunicorn, whose answers take as long as a test wants."""

import time
from typing import Any

from flask import Flask

from app import create_app
from facelab.types import Analysis
from facelab.worker import PatientWorker
from tests.builders import FakeAnalyze


class SlowAnalyze(FakeAnalyze):
    """Takes `seconds` for every picture."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def __call__(self, data: bytes, **question: Any) -> Analysis:
        time.sleep(self._seconds)
        return super().__call__(data, **question)


class HastyWorker(PatientWorker):
    patience, linger, parting = 1.0, 1.0, 3.0


def slow_app(seconds: float) -> Flask:
    return create_app({"MAX_BYTES": 100_000}, SlowAnalyze(seconds))

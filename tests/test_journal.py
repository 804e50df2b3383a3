"""The log and the requests' ids."""

import base64
import json
import logging
import re
import subprocess
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from benchmarks.service import ask, gunicorn
from facelab.journal import RequestId
from tests.builders import FakeAnalyze, encoded
from tests.test_web import raw

JPEG = encoded()
STANDARD = {*vars(logging.makeLogRecord({})), "asctime", "message", "taskName"}  # the last where a format asks


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What each line of the journal holds besides what all lines of a log do."""
    records = [record for record in caplog.records if record.name == "facelab.journal"]
    return [{name: value for name, value in vars(record).items() if name not in STANDARD} for record in records]


@pytest.mark.parametrize("given", ["abc", "a-B_9.z", "01JD:x/y+z=", "x" * 64])
def test_an_id_that_came_is_kept(client: FlaskClient, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "{}", '"', "ä", "<script>"])
def test_another_id_is_made(client: FlaskClient, given: str) -> None:
    made = [client.get("/nowhere", headers={"X-Request-ID": given}).headers["X-Request-ID"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in made)
    assert made[0] != made[1]


def test_a_line_for_each_request(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.post("/predict?crop=1", **raw(JPEG))
        client.get("/" + "x" * 1000)
    first, second = lines(caplog)
    assert first.pop("ms") >= 0
    expected = {"method": "POST", "path": "/predict", "status": 200, "reason": None, "bytes": len(JPEG)}
    assert first == expected
    assert (second["status"], second["reason"], len(second["path"])) == (404, "NotFound", 200)


def test_neither_picture_nor_answer_is_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post("/predict", json={"image": base64.b64encode(JPEG).decode()})
        client.post("/predict", **raw(JPEG[:200]))
    text = "\n".join(str(vars(record)) for record in caplog.records)
    for secret in (base64.b64encode(JPEG).decode()[:40], "happy", "0.93", "21.6"):
        assert secret not in text


def test_errors_carry_the_id(service: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(FakeAnalyze, "__call__", broken)
    caplog.handler.addFilter(RequestId())
    service.test_client().post("/predict", **raw(JPEG), headers={"X-Request-ID": "mine"})
    (error,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert vars(error)["request_id"] == "mine"


def test_gunicorn_writes_json() -> None:
    """Nothing but JSON, a line for each request; what is said in a path cannot begin a line."""
    with gunicorn("tests.served:slow_app(0)", stderr=subprocess.PIPE) as (port, process):
        ask(port, "POST", "/predict", JPEG)
        ask(port, "GET", "/a%0Ab")
        process.terminate()
        assert process.stderr is not None
        log = [json.loads(line) for line in process.stderr.read().decode().splitlines()]
    requests = [line for line in log if line["name"] == "facelab.journal"]
    assert [(line["method"], line["path"], line["status"]) for line in requests] == [
        ("POST", "/predict", 200),
        ("GET", "/a\nb", 404),
    ]
    assert all(line["request_id"] and line["timestamp"] for line in requests)


def test_gunicorn_logs_no_warnings_of_damaged_exif() -> None:
    """Python would keep each of them for ever."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\x09\0\x12\x01"
    with gunicorn("tests.served:slow_app(0)", stderr=subprocess.PIPE) as (port, process):
        assert ask(port, "POST", "/predict", encoded(exif=exif)).status == 200
        process.terminate()
        assert process.stderr is not None
        assert b"Warning" not in process.stderr.read()

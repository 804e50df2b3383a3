"""The HTTP contract, with good and with bad input of every kind."""

import base64
import io
import logging
import re
import tracemalloc
from dataclasses import asdict
from typing import Any
from unittest.mock import Mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from facelab.errors import ModelError
from tests.builders import CARDS, EXPLANATION, FakeAnalyze, encoded, huge_png

JPEG = encoded()
BASE64 = base64.b64encode(JPEG).decode()


def form(data: bytes, field: str = "image", name: str = "photo.jpg") -> dict[str, Any]:
    return {"data": {field: (io.BytesIO(data), name)}}


def raw(data: bytes, kind: str | None = "image/jpeg") -> dict[str, Any]:
    return {"data": data, "content_type": kind}


def assert_problem(answer: TestResponse, status: int, detail: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert set(answer.json) == {"type", "title", "status", "detail"}
    assert answer.json["status"] == status
    assert detail in answer.json["detail"]


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(form(JPEG), id="form"),
        pytest.param(form(JPEG, name=""), id="form-without-file-name"),
        pytest.param(raw(JPEG), id="body"),
        pytest.param(raw(JPEG, "image/whatever"), id="body-of-another-type"),
        pytest.param({"json": {"image": BASE64}}, id="base64"),
        pytest.param({"json": {"image": "\n".join([BASE64[:76], BASE64[76:]])}}, id="base64-in-lines"),
        pytest.param({"json": {"image": f"data:image/jpeg;base64,{BASE64}"}}, id="data-url"),
        pytest.param({"json": {"image": f"DATA:;BASE64,{BASE64}"}}, id="data-url-in-capitals"),
    ],
)
def test_a_picture_comes_in_three_ways(client: FlaskClient, analyze: FakeAnalyze, question: dict[str, Any]) -> None:
    answer = client.post("/predict", **question)
    assert answer.status_code == 200, answer.text
    assert answer.json == analyze(JPEG).to_dict()
    assert analyze.calls[0] == {"data": JPEG, "networks": None, "whole": False, "explain": False}


@pytest.mark.parametrize(
    ("query", "networks", "whole"),
    [
        ("", None, False),
        ("?networks=age", ["age"], False),
        ("?networks=emotion,%20age", ["emotion", "age"], False),
        ("?networks=emotion&networks=age", ["emotion", "age"], False),
        ("?crop=1", None, True),
        ("?crop=True", None, True),
        ("?crop=0", None, False),
        ("?crop=false", None, False),
    ],
)
def test_parameters(
    client: FlaskClient, analyze: FakeAnalyze, query: str, networks: list[str] | None, whole: bool
) -> None:
    assert client.post(f"/predict{query}", **raw(JPEG)).status_code == 200
    assert analyze.calls == [{"data": JPEG, "networks": networks, "whole": whole, "explain": False}]


def test_explanations_come_when_they_are_asked_for(client: FlaskClient) -> None:
    answers = [client.post(f"/predict?explain={flag}", **raw(JPEG)).json for flag in ("0", "1")]
    assert [face.get("explain") for answer in answers if answer for face in answer["faces"]] == [
        None,
        asdict(EXPLANATION),
    ]


BAD = [
    # A malformed question.
    ("nothing", {}, 400, "nothing came"),
    ("empty body", raw(b""), 400, "nothing came"),
    ("empty file", form(b""), 400, "nothing came"),
    ("empty base64", {"json": {"image": ""}}, 400, "nothing came"),
    ("wrong field", form(JPEG, "photo"), 400, "one file field 'image' was expected, 0 came"),
    (
        "an option in the form",
        {"data": {"image": (io.BytesIO(JPEG), "a"), "crop": "1"}},
        400,
        "/predict?crop=…, not in",
    ),
    ("an option as a file", {"data": {"explain": (io.BytesIO(JPEG), "a")}}, 400, "/predict?explain=…, not in the body"),
    ("options in JSON", {"json": {"image": BASE64, "networks": ["age"]}}, 400, "/predict?networks=…, not in the body"),
    ("text in the field", {"data": {"image": "hello"}, "content_type": "multipart/form-data"}, 400, "0 came"),
    ("two files", {"data": {"image": [(io.BytesIO(JPEG), "a"), (io.BytesIO(JPEG), "b")]}}, 400, "2 came"),
    ("form without boundary", raw(JPEG, "multipart/form-data"), 400, "0 came"),
    ("form cut short", raw(b"--x\r\nContent-Disp", "multipart/form-data; boundary=x"), 400, "0 came"),
    ("no JSON", raw(b"{", "application/json"), 400, "no JSON"),
    ("JSON in no encoding", raw(b"\xff\xfe\xfd", "application/json"), 400, "no JSON"),
    ("bottomless JSON", raw(b"[" * 90_000, "application/json"), 400, "no JSON"),
    ("JSON of very much", raw(b"[" + b"{}," * 40_000 + b"{}]", "application/json"), 400, "with little else in it"),
    ("JSON of another kind", {"json": [BASE64]}, 400, "with a string was expected"),
    ("JSON without image", {"json": {"picture": BASE64}}, 400, "with a string was expected"),
    ("JSON with a number", {"json": {"image": 5}}, 400, "with a string was expected"),
    ("bad base64", {"json": {"image": "%%%"}}, 400, "no valid Base64"),
    ("base64 cut short", {"json": {"image": "QUJDR"}}, 400, "no valid Base64"),
    ("base64 of other letters", {"json": {"image": "äöü="}}, 400, "no valid Base64"),
    ("data URL of text", {"json": {"image": "data:text/plain,hello"}}, 400, "data:…;base64,…"),
    ("data URL without end", {"json": {"image": "data:image/jpeg;base64"}}, 400, "nothing came"),
    # Too large.
    ("too many bytes", raw(b"\xff\xd8" + bytes(100_000)), 413, "100,000 bytes"),
    ("too long a body", raw(bytes(300_000)), 413, "100,000 bytes"),
    ("too long a form", form(bytes(300_000)), 413, "100,000 bytes"),
    ("too long a base64", {"json": {"image": "A" * 300_000}}, 413, "100,000 bytes"),
    ("too many pixels", raw(huge_png(), "image/png"), 413, "pixels was expected, a larger one came"),
    # No picture.
    ("text", raw(b"Once upon a time", "image/jpeg"), 415, "a JPEG, PNG, WebP or GIF picture was expected"),
    ("text in a form", form(b"Once upon a time"), 415, "a JPEG, PNG, WebP or GIF picture was expected"),
    ("SVG", raw(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), 415, "a JPEG, PNG"),
    ("wrong type", raw(JPEG, "text/plain"), 415, "a multipart/form-data body"),
    ("no type", raw(JPEG, None), 415, "no Content-Type came"),
    ("curl --data-binary", raw(JPEG, "application/x-www-form-urlencoded"), 415, "a multipart/form-data body"),
    # A damaged picture.
    ("cut JPEG", raw(JPEG[: len(JPEG) // 2]), 422, "damaged"),
    ("cut PNG", raw(encoded(form="PNG")[:-30], "image/png"), 422, "damaged"),
    ("cut in a form", form(JPEG[:-200]), 422, "damaged"),
]


@pytest.mark.parametrize(("question", "status", "detail"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_pictures(client: FlaskClient, question: dict[str, Any], status: int, detail: str) -> None:
    assert_problem(client.post("/predict", **question), status, detail)


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("networks=mood", "mood"),
        ("networks=", "emotion, age"),
        ("networks=emotion,", "emotion, age"),
        ("crop=perhaps", "'perhaps' came"),
        ("crop=", "'' came"),
        ("explain=please", "'please' came"),
        ("crop=0&crop=1", "'0' and '1' came"),
        ("network=emotion", "networks, crop, explain were expected, 'network' came"),
    ],
)
def test_bad_parameters(client: FlaskClient, query: str, detail: str) -> None:
    assert_problem(client.post(f"/predict?{query}", **raw(JPEG)), 400, detail)


@pytest.mark.parametrize("kind", ["image/jpeg", "application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_too_long_a_body_in_chunks(client: FlaskClient, kind: str) -> None:
    """Nobody told its length, and it is read no further than the limit: no count of bytes would be right."""
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
    body = io.BytesIO(head + bytes(1_000_000) if "form" in kind else bytes(1_000_000))
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    answer = client.post("/predict", input_stream=body, content_type=kind, environ_overrides=chunked)
    assert_problem(answer, 413, "a picture of at most 100,000 bytes was expected")
    assert re.findall(r"[\d,]{4,}", answer.json["detail"] if answer.json else "") == ["100,000"]


def test_one_pixel_is_a_picture(client: FlaskClient) -> None:
    answer = client.post("/predict", **raw(encoded(1, 1)))
    assert answer.json is not None
    assert (answer.json["width"], answer.json["height"]) == (1, 1)


def test_as_large_as_is_allowed(client: FlaskClient) -> None:
    """A picture of exactly MAX_BYTES gets through in every way."""
    padded = JPEG + bytes(100_000 - len(JPEG))
    wrapped = base64.encodebytes(padded).decode()
    for question in (raw(padded), form(padded), {"json": {"image": wrapped}}):
        assert client.post("/predict", **question).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/nowhere.js", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static//main.js", 404),
        ("GET", "/predict", 405),
        ("POST", "/healthz", 405),
        ("DELETE", "/", 405),
    ],
)
def test_wrong_addresses(client: FlaskClient, method: str, path: str, status: int) -> None:
    assert_problem(client.open(path, method=method), status, "")


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    assert set(client.get("/predict").allow) == {"POST", "OPTIONS"}


@pytest.mark.parametrize("error", [ZeroDivisionError("secret"), ModelError("secret")])
def test_our_own_errors_are_logged_not_told(
    service: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(FakeAnalyze, "__call__", broken)
    with caplog.at_level(logging.ERROR):
        answer = service.test_client().post("/predict", **raw(JPEG))
    assert_problem(answer, 500, "internal error")
    assert "secret" not in answer.text
    assert "secret" in caplog.text


def test_uploads_never_touch_the_disk(
    client: FlaskClient, analyze: FakeAnalyze, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Werkzeug would open a temporary file for a form of more than 500 kB (and its client does for `form`)."""
    client.application.config["MAX_CONTENT_LENGTH"] = 2_000_000
    analyze.limits["max_bytes"] = 1_000_000
    opened = Mock()
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", opened)
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
    body = head + JPEG + bytes(900_000) + b"\r\n--x--\r\n"
    assert client.post("/predict", **raw(body, "multipart/form-data; boundary=x")).status_code == 200
    opened.assert_not_called()


def test_models_are_the_cards_in_their_order(client: FlaskClient) -> None:
    answer = client.get("/models")
    assert answer.json == CARDS
    assert answer.text.index("happy") < answer.text.index("angry")


def test_models_has_the_finder_where_it_is_a_network(client: FlaskClient, analyze: FakeAnalyze) -> None:
    analyze.finder = {"name": "finder", "sha256": "0"}
    assert client.get("/models").json == {**CARDS, "finder": {"name": "finder", "sha256": "0"}}


@pytest.mark.parametrize("path", ["/", "/about", "/docs", "/healthz", "/static/main.js", "/nowhere"])
def test_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_answers_are_not_cached(client: FlaskClient) -> None:
    assert client.post("/predict", **raw(JPEG)).headers["Cache-Control"] == "no-store"


def test_other_fields_of_json_may_hold_anything(client: FlaskClient) -> None:
    text = '\ufeff{"who": "Zoë 😀", "image": "' + base64.b64encode(JPEG).decode() + '"}'
    assert client.post("/predict", **raw(text.encode(), "application/json")).status_code == 200


@pytest.mark.parametrize(
    ("text", "times"),
    [
        pytest.param("AA== " * 500_000, 6, id="wrapped tightly: apart, its pieces would take twenty times as much"),
        pytest.param("\\ud83d\\ude00" + "A" * 2_500_000, 8, id="a wide character, which makes others wide"),
        pytest.param("😀" + "A" * 2_500_000, 8, id="a wide character as it is"),
    ],
)
def test_a_strange_text_takes_little_memory(text: str, times: int) -> None:
    client = create_app({"MAX_BYTES": 2_000_000}, FakeAnalyze()).test_client()
    body = f'{{"image": "{text}"}}'.encode()
    tracemalloc.start()
    try:
        assert_problem(client.post("/predict", **raw(body, "application/json")), 400, "no valid Base64")
        assert tracemalloc.get_traced_memory()[1] < times * len(body)
    finally:
        tracemalloc.stop()


def test_a_large_picture_in_a_field_of_text() -> None:
    client = create_app({"MAX_BYTES": 1_000_000}, FakeAnalyze()).test_client()
    body = b'--x\r\nContent-Disposition: form-data; name="image"\r\n\r\n' + b"y" * 900_000 + b"\r\n--x--\r\n"
    answer = client.post("/predict", **raw(body, "multipart/form-data; boundary=x"))
    assert_problem(answer, 400, "one file field 'image' was expected, a long text or many fields came")

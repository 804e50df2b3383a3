"""The hostile benchmark in its short form, that it sees what must not be, and what it found."""

import io
import json
import socket
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from benchmarks.hostile import answered, canary, faults, hostile, unlike_contract
from benchmarks.mutations import MUTATIONS, bomb, originals
from benchmarks.questions import KINDS, Question, question
from benchmarks.service import gunicorn
from facelab.errors import ImageTooLarge
from facelab.images import opened

GOOD = {
    "outcomes": {"200": 9},
    "wrong": {},
    "touched": [],
    "same_processes": True,
    "mb_warm": 100.0,
    "mb_end": 109.9,
    "mb_most": 120.0,
}
PROBLEM = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "why"}
JSON = {"Content-Type": "application/problem+json"}
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: image/jpeg\r\n"


def test_some_hundred_questions() -> None:
    came = hostile(count=240, seed=3)
    assert faults(came) == []
    assert {"200", "400", "413", "415", "422"} <= set(came["outcomes"])
    assert sum(came["outcomes"].values()) == 240


def test_questions_are_always_the_same_and_of_every_kind() -> None:
    pictures, named = originals(), {"file": "/tmp/canary", "port": 1}  # noqa: S108
    first, again, other = ([question(seed, number, pictures, named) for number in range(50)] for seed in (1, 1, 2))
    assert first == again != other
    asked = [*first, *(question(1, number, pictures, named) for number in (*range(51, 150), 499))]
    assert {one.kind for one in asked} == {*KINDS, "stall"}
    assert question(1, 50, pictures, named).kind == "bomb"
    assert any(one.slow for one in asked)
    assert sum(b"/tmp/canary" in one.body or b"127.0.0.1:1/" in one.body for one in asked) > 10


def test_bombs_are_nearly_as_large_as_is_allowed_or_larger() -> None:
    rng, came = np.random.default_rng(2), Counter[tuple[str, bool]]()
    for number in range(30):
        data = bomb(rng, bytes(number))
        try:
            came[f"{opened(data).format}", True] += 1
        except ImageTooLarge:
            came[Pillow.open(io.BytesIO(data)).format or "", False] += 1
    assert set(came) == {(form, fits) for form in ("PNG", "GIF", "JPEG", "WEBP") for fits in (True, False)}


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_a_mutation_changes_every_file(mutate: Any) -> None:
    rng = np.random.default_rng(1)
    assert all(mutate(rng, picture) != picture for picture in originals() for _ in range(3))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"wrong": {7: "bomb: no"}}, "question 7: bomb: no"),
        ({"outcomes": {"503": 9}}, "a place for each of 6 clients was expected, 9 were sent away"),
        ({"touched": ["the port was called"]}, "the port was called"),
        ({"same_processes": False}, "the processes that were there at the start were expected, one ended"),
        ({"mb_end": 110.1}, "100.0 MB were expected at the end as well, 110.1 came"),
        ({"mb_most": 513.0}, "at most 512.0 MB were expected, 513.0 came"),
    ],
)
def test_faults(change: dict[str, Any], fault: str) -> None:
    assert faults(GOOD) == []
    assert faults(GOOD | change) == [fault]


@pytest.mark.parametrize(
    ("status", "headers", "body", "fault"),
    [
        (200, {}, {"faces": []}, ""),
        (400, JSON, PROBLEM, ""),
        (503, JSON | {"Retry-After": "1"}, PROBLEM | {"status": 503}, ""),
        (200, {}, {"fates": []}, "faces were expected"),
        (500, JSON, PROBLEM, "no 5xx but 503"),
        (503, JSON, PROBLEM | {"status": 503}, "no 5xx but 503 with Retry-After"),
        (400, {"Content-Type": "text/html"}, PROBLEM, "text/html came"),
        (400, JSON, PROBLEM | {"status": 415}, "status 400 and detail were expected"),
        (400, JSON, PROBLEM | {"detail": ""}, "status 400 and detail were expected"),
        (400, JSON, PROBLEM | {"trace": "x"}, "status 400 and detail were expected"),
    ],
)
def test_answers_that_the_contract_does_not_know(
    status: int, headers: dict[str, str], body: dict[str, Any], fault: str
) -> None:
    found = unlike_contract(status, headers, json.dumps(body).encode())
    assert fault in found if found else fault == ""


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null"])
def test_a_problem_that_is_no_object(body: bytes) -> None:
    assert "expected" in str(unlike_contract(400, JSON, body))


def test_the_canary_tells_who_touches_it() -> None:
    with canary() as bait:
        assert bait.touched() == []
        bait.file.read_text()
        socket.create_connection(("127.0.0.1", bait.named["port"])).close()
        assert bait.touched() == [f"the file {bait.file} was opened", "the port was called"]


def test_a_service_that_says_nothing_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    asked = Question(kind="whole", head=HEAD, body=b"")
    assert answered(port, asked)[0] == "cut"


# What the benchmark found: HTML instead of a problem, and 500.
BROKEN = {
    "a length that is none": HEAD + b"Content-Length: one\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 5, 6\r\n\r\nabcdef",
    "an unknown coding": HEAD + b"Transfer-Encoding: br\r\n\r\n",
    "a chunk of no length": HEAD + b"Transfer-Encoding: chunked\r\n\r\nx\r\n",
    "a chunk of negative length": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n",
    "a chunk without an end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\r\n\r\n",
}


def test_what_is_no_http_gets_a_problem() -> None:
    with gunicorn("tests.served:slow_app(0)") as (port, _):
        for name, wire in BROKEN.items():
            assert (name, *answered(port, Question(kind=name, head=wire, body=b""))) == (name, "400", None)
        long = HEAD + b"X: " + b"y" * 9_000 + b"\r\n\r\n"
        asked = Question(kind="a long field", head=long, body=b"")
        assert answered(port, asked) == ("431", None)
        assert answered(port, replace(asked, head=b"GET /" + b"y" * 5_000 + b" HTTP/1.1\r\n\r\n")) == ("414", None)

"""How many are served at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from flask import Flask

from app import create_app
from facelab.errors import Busy, CorruptImage
from facelab.places import RUNNING, Places, Queue
from facelab.types import Analysis
from tests.builders import FakeAnalyze, encoded
from tests.test_web import assert_problem, raw

JPEG = encoded()


class Gate(FakeAnalyze):
    """Answers nothing until it is opened; `inside` counts who is at it, `most` how many ever were at once."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.inside, self.most = threading.Event(), threading.Semaphore(0), 0
        self._now = 0

    def __call__(self, data: bytes, **question: object) -> Analysis:
        self._now += 1
        self.most = max(self.most, self._now)
        self.inside.release()
        self.open.wait(30)
        self._now -= 1
        return super().__call__(data, **question)  # type: ignore[arg-type]


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


@pytest.fixture
def service(gate: Gate) -> Flask:
    return create_app({"QUEUE": 1, "MAX_BYTES": 100_000}, gate)


def test_places_are_given_back() -> None:
    places = Places(1, "pictures")
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), places.one():
            raise ZeroDivisionError
    assert places.taken == 0


def test_no_place_is_left() -> None:
    places = Places(2, "pictures")
    with places.one(), places.one():
        assert places.taken == 2
        with pytest.raises(Busy, match="at most 2 pictures"), places.one():
            pass
    assert places.taken == 0


def test_some_places_are_for_who_holds_none() -> None:
    places = Places(3, "pictures", kept=1)
    with places.one("a"), places.one("a"):
        with pytest.raises(Busy, match="at most 2 pictures"), places.one("a"):
            pass
        with places.one("b"), pytest.raises(Busy, match="at most 3 pictures"), places.one("c"):
            pass
    with places.one("b"), places.one("a"):
        assert places.taken == 2
    assert places.taken == 0


def test_two_run_and_the_others_wait(gate: Gate) -> None:
    queue = Queue(gate, waiting=4)
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(queue, JPEG) for _ in range(6)]
        for _ in range(RUNNING):
            assert gate.inside.acquire(timeout=30)
        gate.open.set()
        assert [len(answer.result().faces) for answer in answers] == [1] * 6
    assert gate.most == RUNNING
    assert queue.places.taken == 0


def test_of_large_pictures_one_runs_and_small_ones_do_not_wait_for_the_others(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelab.images.LARGE", 64 * 48)
    queue = Queue(gate, waiting=8)
    with ThreadPoolExecutor(5) as pool:
        large = [pool.submit(queue, encoded(640, 480)) for _ in range(4)]
        assert gate.inside.acquire(timeout=30)
        assert not gate.inside.acquire(timeout=0.3)
        small = pool.submit(queue, encoded(64, 48))
        assert gate.inside.acquire(timeout=30)
        gate.open.set()
        assert [len(answer.result().faces) for answer in [small, *large]] == [1] * 5


def test_no_client_has_the_whole_queue(gate: Gate) -> None:
    queue = Queue(gate, waiting=1)
    with ThreadPoolExecutor(5) as pool:
        answers = [pool.submit(queue, JPEG, who="a") for _ in range(4)]
        refused = next(as_completed(answers, timeout=30))
        with pytest.raises(Busy, match="at most 3 pictures"):
            refused.result()
        answers.append(pool.submit(queue, JPEG, who="b"))
        while queue.places.taken < 4:
            assert not answers[-1].done()
        gate.open.set()
        assert [len(answer.result().faces) for answer in answers if answer is not refused] == [1] * 4


def test_nobody_waits_where_nobody_may(gate: Gate) -> None:
    queue = Queue(gate, waiting=0)
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(queue, JPEG, who="a") for _ in range(RUNNING)]
        while queue.places.taken < RUNNING:
            assert not any(answer.done() for answer in answers)
        with pytest.raises(Busy, match="at most 2 pictures"):
            queue(JPEG, who="b")
        gate.open.set()


def test_errors_come_through() -> None:
    with pytest.raises(CorruptImage):
        Queue(FakeAnalyze())(JPEG[:200])


def test_a_full_queue_answers_at_once(service: Flask, gate: Gate) -> None:
    def ask() -> int:
        return service.test_client().post("/predict", **raw(JPEG)).status_code

    with ThreadPoolExecutor(RUNNING + 1) as pool:
        answers = [pool.submit(ask) for _ in range(RUNNING + 1)]
        while service.extensions["facelab"].places.taken < RUNNING + 1:
            assert not any(answer.done() for answer in answers)
        refused = service.test_client().post("/predict", **raw(JPEG))
        assert_problem(refused, 503, "at most 3 pictures")
        assert refused.headers["Retry-After"] == "1"
        assert service.test_client().get("/healthz").status_code == 200
        gate.open.set()
        assert [answer.result() for answer in answers] == [200] * 3
    assert service.test_client().post("/predict", **raw(JPEG)).status_code == 200

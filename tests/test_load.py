"""The load benchmark in its short form, and that it sees what must not be."""

from typing import Any

import pytest

from benchmarks.load import Tally, faults, load

GOOD = {
    "steady": {"outcomes": {"200": 9, "503": 1}, "wrong": 0},
    "killed": {"outcomes": {"200": 9, "cut": 2, "refused": 1}, "wrong": 0, "served_again": True},
    "ended": {"outcomes": {"200": 3, "refused": 9}, "wrong": 0, "exit": 0},
}


def test_a_crowd_a_kill_and_an_end() -> None:
    rounds = load(clients=4, seconds=2)
    assert faults(rounds) == []
    assert rounds["steady"]["outcomes"]["200"] > 0
    assert 0 < rounds["steady"]["p50_ms"] <= rounds["steady"]["p99_ms"]
    assert set(rounds["killed"]["outcomes"]) & {"cut", "refused"}


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("steady", {"wrong": 1}, "steady: 1 wrong answers"),
        ("steady", {"outcomes": {"200": 9, "500": 1}}, "steady: 200, 503 were expected, also 500 came"),
        ("steady", {"outcomes": {"cut": 1}}, "steady: 200, 503 were expected, also cut came"),
        ("killed", {"served_again": False}, "killed: nobody was served again"),
        ("ended", {"outcomes": {"200": 3, "cut": 1}}, "ended: 200, 503, refused were expected, also cut came"),
        ("ended", {"exit": -9}, "ended: exit status 0 was expected, -9 came"),
    ],
)
def test_faults(name: str, change: dict[str, Any], fault: str) -> None:
    assert faults(GOOD) == []
    assert faults(GOOD | {name: GOOD[name] | change}) == [fault]


def test_answers_that_came_late_count_with_the_time_they_took() -> None:
    tally = Tally(seconds=[0.5] * 12, began=100.0, last_answer=104.0)
    assert tally.per_second == tally.to_dict()["per_second"] == 3.0
    assert Tally().per_second == 0

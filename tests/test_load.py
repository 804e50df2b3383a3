"""The load benchmark in its short form, and that it sees what must not be."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.load import Client, Tally, crowded, faults, load
from benchmarks.memory import megabytes, processes
from benchmarks.service import ROOT, ask, gunicorn

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


def test_clients_go_home_where_a_round_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def ask(*_: object) -> None:
        asked.set()
        time.sleep(0.01)

    monkeypatch.setattr(Client, "ask", ask)

    def broken() -> None:
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        crowded(1, [Client(picture=b"", faces=[])] * 2, 0.1, broken)
    assert asked.is_set()


def test_a_process_that_is_gone_takes_no_memory() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    assert processes(gone.pid) == [gone.pid]
    assert megabytes(gone.pid) == 0


def test_an_analysis_is_given_the_memory_that_the_last_ones_left() -> None:
    """Page faults of the served process: a thousand an analysis where its heap was trimmed after each block."""
    picture = (ROOT / "models" / "probe.jpg").read_bytes()
    with gunicorn() as (port, service):
        for _ in range(8):
            ask(port, "POST", "/predict", picture)
        before = faulted(service.pid)
        for _ in range(20):
            ask(port, "POST", "/predict", picture)
        assert faulted(service.pid) - before < 20 * 200


def faulted(parent: int) -> int:
    """How many pages a process and those below it were given; see proc(5)."""
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in processes(parent)]
    return sum(int(fields[7]) for fields in stats)

"""What a million pictures take follows from what is measured."""

import pytest

from benchmarks import collection
from benchmarks.collection import Speed, lines, main, measured, seconds

SPEED = Speed(engine="ray", cores=2, per_second=50, start=36)


@pytest.mark.parametrize(
    ("machines", "cores", "hours", "store"),
    [(1, 2, 5.57, 5.0), (1, 20, 0.57, 50.0), (10, 20, 0.07, 500.0)],
)
def test_a_million(machines: int, cores: int, hours: float, store: float) -> None:
    said = {"machines": machines, "cores_each": cores, "hours": hours, "core_hours": 11.1, "store_mb_per_second": store}
    assert SPEED.million(machines, cores, size=100_000) == said


def test_the_start_is_not_taken_for_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "seconds", lambda _engine, _cores, count: 5 + count / 20)
    speed, one, ten = lines([("local", 2)], many=1000, cores=20)
    assert speed == {"engine": "local", "cores": 2, "per_second": 20.0, "start": 5.0}
    assert (one["hours"], ten["hours"], one["core_hours"]) == (1.39, 0.14, 27.8)


def test_a_machine_with_too_much_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "seconds", lambda _engine, _cores, count: 10 - count / 20)
    with pytest.raises(RuntimeError, match=r"more than 9\.2 s were expected for 40 pictures, 8\.0 s came"):
        measured("local", 2, 40)


def test_a_run() -> None:
    assert seconds("local", 2, 4) > 0.1


def test_too_few_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--pictures", "32"])
    assert "more than 32 pictures were expected, 32 came" in capsys.readouterr().err

"""Alive and ready: each card's probe is asked once, when the service starts."""

from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from facelab.analyzer import load_analyzer
from facelab.health import faults
from tests.builders import CARDS, PREDICTIONS, FakeAnalyze, encoded, face
from tests.test_web import assert_problem

MODELS = Path(__file__).parent.parent / "models"
RIGHT = {"picture": "probe.jpg", "scores": dict(PREDICTIONS["emotion"].scores)}
WRONG = {"picture": "probe.jpg", "scores": {"happy": 0.2, "angry": 0.8}}
UNKNOWN = {"picture": "probe.jpg", "scores": {"sad": 0.5}}
ABSENT = {**RIGHT, "picture": "absent.jpg"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "probe.jpg").write_bytes(encoded())
    return tmp_path


def probed(**probes: Any) -> FakeAnalyze:
    analyze = FakeAnalyze()
    analyze.cards = {name: {**CARDS[name], "probe": probe} for name, probe in probes.items()}
    return analyze


def drawing(boxes: list[list[float]]) -> dict[str, Any]:
    """A finder's card."""
    return {"name": "finder", "probe": {"picture": "probe.jpg", "boxes": boxes}}


def asked(analyze: FakeAnalyze, folder: Path) -> FlaskClient:
    return create_app({"MODELS": str(folder)}, analyze).test_client()


def test_healthz(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_ready_without_asking_again(folder: Path) -> None:
    analyze = probed(emotion=RIGHT)
    client = asked(analyze, folder)
    assert [client.get("/readyz").json for _ in range(3)] == [{"status": "ready"}] * 3
    assert [call["networks"] for call in analyze.calls] == [["emotion"]]


@pytest.mark.parametrize(
    ("probe", "detail"),
    [
        (WRONG, "emotion: happy 0.2 was expected of probe.jpg, 0.93 came"),
        (UNKNOWN, "emotion: sad 0.5 was expected of probe.jpg, None came"),
        (ABSENT, "emotion: an answer to absent.jpg was expected, [Errno 2]"),
    ],
)
def test_not_ready_says_why(folder: Path, probe: dict[str, Any], detail: str) -> None:
    client = asked(probed(emotion=probe), folder)
    assert_problem(client.get("/readyz"), 503, detail)
    assert client.get("/healthz").status_code == 200


def test_a_probe_without_a_face(folder: Path) -> None:
    analyze = probed(emotion=RIGHT)
    analyze.faces = ()
    assert faults(analyze, folder) == ["emotion: a face in probe.jpg was expected, none was found"]


def test_a_network_that_says_nothing(folder: Path) -> None:
    analyze = probed(emotion=RIGHT)
    analyze.cards = {"gender": analyze.cards["emotion"], "emotion": CARDS["emotion"]}
    assert faults(analyze, folder) == ["gender: happy 0.93 was expected of probe.jpg, None came"]


def test_a_finder_that_draws_other_boxes(folder: Path) -> None:
    analyze, box = probed(), list(astuple(face().box))
    analyze.finder = drawing([box])
    assert faults(analyze, folder) == []
    assert analyze.calls[0]["networks"] == []
    for boxes in ([[box[0] - 0.1 * (box[2] - box[0]), *box[1:]]], [box, box], []):
        analyze.finder = drawing(boxes)
        assert faults(analyze, folder) == [f"finder: {boxes} was expected of probe.jpg, {[box]} came"]


def test_every_fault_is_told(folder: Path) -> None:
    assert len(faults(probed(emotion=WRONG, age=WRONG), folder)) == 2


def test_the_networks_that_are_shipped() -> None:
    assert faults(load_analyzer(MODELS), MODELS) == []

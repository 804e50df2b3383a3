"""Cards and models: what loads, what does not, what a distribution says."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from facelab.analyzer import Analyzer
from facelab.errors import ModelError
from facelab.faces import load_finder
from facelab.features import Floats
from facelab.finder import load_network_detector
from facelab.images import decode
from facelab.networks import FINDER, Network, calibrated, expected_years, load_networks, prediction, quantiles, together
from tests.builders import MODELS

CARDS = {card.stem: json.loads(card.read_text()) for card in MODELS.glob("*.json") if card.stem != FINDER}
CLASSES = {"kind": "classes", "labels": ["a", "b", "c"], "temperature": 2.0}
YEARS = {"kind": "years", "last": 9, "ranges": {"0-4": [0, 4], "5+": [5, 9]}, "temperature": 1.0, "interval_tail": 0.1}


def test_the_three_networks_are_there() -> None:
    assert sorted(CARDS) == ["age", "emotion", "gender"]


@pytest.mark.parametrize("name", CARDS)
def test_probe(name: str) -> None:
    probe = CARDS[name]["probe"]
    analyze = Analyzer(load_finder(MODELS), load_networks(MODELS))
    answer = analyze((MODELS / probe["picture"]).read_bytes(), networks=[name]).faces[0].predictions[name]
    assert dict(answer.scores) == pytest.approx(probe["scores"], abs=0.03)


@pytest.mark.parametrize("name", CARDS)
def test_a_card_says_what_it_must(name: str) -> None:
    card = CARDS[name]
    expected = {"title", "inputs", "output", "training", "data", "metrics", "limits", "licence", "sha256", "probe"}
    assert expected <= set(card)
    assert "seed" in card["training"]
    for figures in card["metrics"].values():
        assert {"faces", "missed", "accuracy", "macro_f1"} <= set(figures)


def test_the_finder_gives_its_probe() -> None:
    card = json.loads((MODELS / f"{FINDER}.json").read_text())
    assert {"title", "inputs", "output", "training", "data", "metrics", "limits", "licence", "sha256"} <= set(card)
    rows = load_network_detector(MODELS / f"{FINDER}.json").rows(
        decode((MODELS / card["probe"]["picture"]).read_bytes())
    )
    np.testing.assert_allclose(rows[:, 1:5], card["probe"]["boxes"], atol=2)


def test_threads_do_not_mix_answers_up() -> None:
    network = load_networks(MODELS)["emotion"]
    network.widen()
    rng = np.random.default_rng(1)
    shapes = {"image": (48, 48, 1), "features": (208,)}
    asked = [{name: rng.random(shape, np.float32) * 99 for name, shape in shapes.items()} for _ in range(40)]
    alone = [network.logits(inputs) for inputs in asked]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(network.logits, asked))
    np.testing.assert_array_equal(alone, together)


def test_temperature_flattens() -> None:
    logits = np.array([2.0, 0.0, -2.0], np.float32)
    expected = np.exp([1, 0, -1]) / np.exp([1, 0, -1]).sum()
    np.testing.assert_allclose(calibrated(logits, CLASSES), expected, rtol=1e-6)


def test_huge_logits_stay_finite() -> None:
    np.testing.assert_allclose(calibrated(np.array([1e4, 0, -1e4], np.float32), CLASSES), [1, 0, 0])


def test_prediction_of_classes() -> None:
    found = prediction(np.array([0.2, 0.5, 0.3], np.float32), CLASSES)
    assert (found.label, found.score) == ("b", 0.5)
    assert dict(found.scores) == pytest.approx({"a": 0.2, "b": 0.5, "c": 0.3})
    assert found.years is None
    assert found.interval is None


def test_prediction_of_years() -> None:
    found = prediction(np.full(10, 0.1, np.float32), YEARS)
    assert dict(found.scores) == pytest.approx({"0-4": 0.5, "5+": 0.5})
    assert found.years == pytest.approx(4.5)
    assert found.interval == pytest.approx((0.5, 8.5))


@pytest.mark.parametrize("year", [0, 3, 9])
def test_a_certain_year(year: int) -> None:
    certain = np.eye(10, dtype=np.float32)[year]
    assert expected_years(certain) == year
    low, high = quantiles(certain, 0.1)
    assert low == pytest.approx(max(0, year - 0.4), abs=1e-6)
    assert high == pytest.approx(year + 0.4, abs=1e-6)


def test_two_can_ask_a_wide_network_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Barrier(2)

    class Meeting:
        def __init__(self, **_options: object) -> None: ...

        def get_signature_runner(self) -> Callable[[], dict[str, Floats]]:
            def run() -> dict[str, Floats]:
                both.wait(10)
                return {"logits": np.zeros((1, 1), np.float32)}

            return run

    monkeypatch.setattr("facelab.networks.Interpreter", Meeting)
    network = Network({"name": "one"}, b"")
    network.widen()
    with ThreadPoolExecutor(2) as threads:
        assert [answer.tolist() for answer in threads.map(network.logits, [{}, {}])] == [[0], [0]]


def test_a_service_asks_its_slowest_network_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def widths(*, at_once: bool) -> dict[str, int]:
        return {name: network._free.qsize() for name, network in load_networks(MODELS, at_once=at_once).items()}

    assert all(network.seconds() > 0 for network in load_networks(MODELS).values())
    monkeypatch.setattr(Network, "seconds", lambda self: {"age": 1, "emotion": 2, "gender": 1}[self.card["name"]])
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    assert widths(at_once=False) == {"age": 1, "emotion": 1, "gender": 1}
    assert widths(at_once=True) == {"age": 1, "emotion": 2, "gender": 1}
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    assert widths(at_once=True) == {"age": 1, "emotion": 1, "gender": 1}


def copied(folder: Path, **changes: Any) -> Path:
    """A folder with the emotion network, whose card has some changes."""
    shutil.copy(MODELS / "emotion.tflite", folder)
    card = {**CARDS["emotion"], **changes}
    (folder / "emotion.json").write_text(json.dumps(card))
    return folder


def test_cards_are_utf_8_whatever_the_locale() -> None:
    program = "from pathlib import Path; from facelab.networks import load_network as load; load(Path('emotion.json'))"
    plain = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(MODELS.parent)}
    subprocess.run([sys.executable, "-X", "utf8=0", "-c", program], cwd=MODELS, env=plain, check=True)


def test_a_folder_without_cards(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="none is there"):
        load_networks(tmp_path)


def test_a_second_network_that_is_missing(tmp_path: Path) -> None:
    for file in ("age.json", "age.tflite"):
        shutil.copy(MODELS / file, tmp_path)
    with pytest.raises(ModelError, match="age needs the network gender, which is not there"):
        load_networks(tmp_path)


def test_two_networks_judge_the_years() -> None:
    """Each its own logits, the second after those of its labels."""
    answers = {"age": np.array([0.0, 2.0, 4.0], np.float32), "gender": np.array([9, 9, 2, 2, 0], np.float32)}
    for share, expected in ((0.5, [1, 2, 2]), (0.75, [1.5, 2, 1])):
        card = {"name": "age", "output": {"second": "gender", "second_share": share}}
        np.testing.assert_array_equal(together(card, answers), expected)
    np.testing.assert_array_equal(together({"name": "gender", "output": {}}, answers), answers["gender"])
    with pytest.raises(ModelError, match="logits of 3 years were expected after gender's own"):
        together(card, {**answers, "gender": answers["gender"][:3]})


def test_a_model_that_is_not_the_cards(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="sha256 0000 was expected"):
        load_networks(copied(tmp_path, sha256="0000"))


def test_a_missing_model(tmp_path: Path) -> None:
    (copied(tmp_path) / "emotion.tflite").unlink()
    with pytest.raises(ModelError, match=r"emotion\.json"):
        load_networks(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "{}", "[]"])
def test_a_damaged_card(tmp_path: Path, text: str) -> None:
    (copied(tmp_path) / "emotion.json").write_text(text)
    with pytest.raises(ModelError, match=r"emotion\.json"):
        load_networks(tmp_path)


def test_a_damaged_model(tmp_path: Path) -> None:
    (tmp_path / "emotion.tflite").write_bytes(b"no model")
    card = {**CARDS["emotion"], "sha256": hashlib.sha256(b"no model").hexdigest()}
    with pytest.raises(ModelError, match="cannot be loaded"):
        Network(card, b"no model")

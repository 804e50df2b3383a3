"""The benchmark of speed in its short form."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from rich.console import Console

from benchmarks import peak, speed
from benchmarks.__main__ import main
from benchmarks.others import asked
from benchmarks.serving import memory, ready
from benchmarks.stages import Bench, shares, spread
from benchmarks.tensorflow_app import TensorflowNetwork
from facelab.features import views
from facelab.networks import load_networks, predicted
from tests.builders import MODELS, face


def test_an_analysis_falls_into_its_stages() -> None:
    came = speed.analysis(1, 0.2)
    assert set(came["scenes"]) == {"one", "five", "none"}
    one, none = ({stage: lap["median_ms"] for stage, lap in came["scenes"][name].items()} for name in ("one", "none"))
    assert set(one) - set(none) == {"features", "age", "emotion", "gender"}
    assert sum(one.values()) - one["whole"] == pytest.approx(one["whole"], rel=0.5)
    assert none["whole"] < one["whole"]
    assert all(0.01 < share < 1.1 for share in came["share_of_peak"].values())


def test_the_product_is_one() -> None:
    interpreter = Interpreter(model_content=peak.product())
    interpreter.allocate_tensors()
    weights = np.random.default_rng(1).integers(-127, 128, (peak.COLUMNS, peak.DEPTH), np.int8)
    rows = np.zeros((peak.ROWS, peak.DEPTH), np.int8)
    rows[:, 0] = 100
    interpreter.set_tensor(0, rows)
    interpreter.invoke()
    np.testing.assert_allclose(interpreter.get_tensor(2), np.tile(weights[:, 0], (peak.ROWS, 1)), atol=0.51)


@pytest.mark.parametrize(
    ("node", "shapes", "expected"),
    [
        ("FULLY_CONNECTED", [(10, 20), (1, 10)], 2 * 10 * 20),
        ("CONV_2D", [(8, 3, 3, 4), (1, 5, 6, 8)], 2 * 3 * 3 * 4 * 5 * 6 * 8),
        ("DEPTHWISE_CONV_2D", [(1, 3, 3, 8), (1, 5, 6, 8)], 2 * 3 * 3 * 5 * 6 * 8),
    ],
)
def test_operations(node: str, shapes: list[tuple[int, ...]], expected: int) -> None:
    told = {"op_name": node, "inputs": [9, 0], "outputs": [1]}
    assert peak._operations(told, {index: np.array(shape) for index, shape in enumerate(shapes)}) == expected


def test_operations_of_a_network() -> None:
    """VGG16 has 15.35 billion multiplications at 224×224."""
    assert peak.operations(MODELS / "age.tflite") == pytest.approx(2 * 15.35e9 * (80 / 224) ** 2, rel=0.01)


def test_a_network_that_is_asked_of_the_mirror_image_too_needs_twice_as_much() -> None:
    bench = Bench(MODELS)
    assert speed.needs(bench.cards["age"]) == peak.operations(MODELS / "age.tflite")
    assert speed.needs(bench.cards["emotion"]) == 2 * peak.operations(MODELS / "emotion.tflite")


def test_a_folder_that_is_none_is_said_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path / "none" / "results.json")])
    assert f"a file in a folder was expected, {tmp_path / 'none'} is none" in capsys.readouterr().err


def test_shares_and_spread() -> None:
    assert spread([1.0, 2.0, 3.0, 4.0, 5.0]) == {"median_ms": 3.0, "p90_ms": 4.6}
    assert shares({"age": {"median_ms": 20.0}}, {"age": 10**9, "gender": 1}, 1e11) == {"age": 0.5}


def test_a_network_on_tensorflow_answers_like_the_others() -> None:
    network = TensorflowNetwork(load_networks(MODELS)["emotion"].card)
    seen = views(np.full((48, 48, 3), 90, np.uint8), face(), network.card["inputs"])
    said = predicted(network.answer(seen), network.card["output"])
    assert sum(said.scores.values()) == pytest.approx(1)


def test_peers_are_asked_for_their_times(tmp_path: Path) -> None:
    program = tmp_path / "peer.py"
    program.write_text("print('hello'); print([1, 2, 3])")
    assert asked([sys.executable, str(program)])["median_ms"] == 2
    program.write_text("raise SystemExit(1)")
    with pytest.raises(subprocess.CalledProcessError):
        asked([sys.executable, str(program)])


def test_a_service_is_ready_and_its_memory_seen() -> None:
    assert 0.1 < ready(cores=1) < 60
    came = memory(10, clients=2)
    assert came["questions"] >= 10
    assert 100 < came["warm_mb"] < 512
    assert came["warm_mb"] - 20 < came["most_mb"] < 512


def test_tables_tell_all_of_it() -> None:
    times = {"median_ms": 12.34, "p90_ms": 56.78}
    said = {"outcomes": {"200": 1}, "per_second": 45.6, "p50_ms": 78.9, "p99_ms": 98.7}
    one = {"scenes": {"one": {"whole": times}}, "share_of_peak": {"age": 0.43}, "peak_gops_per_core": 432.1}
    figures: dict[str, Any] = {
        "machine": {"cores": 2},
        "analysis": {"1": one},
        "http": {"facelab": {"1": {"8": said}}},
        "picture_of_512": {"peer": times},
    }
    console = Console(record=True, width=120)
    for table in speed.tables(figures):
        console.print(table)
    text = console.export_text()
    for expected in ("12.3  56.8", "43 %", "432.1", "45.6", "78.9", "98.7", "peer", "8 clients"):
        assert expected in text

"""The README's curl lines and the client in examples/, before the real service."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from benchmarks.service import ROOT
from examples.client import Refused, predict
from tests.browser.conftest import serving
from tests.builders import FakeAnalyze, encoded

CURL = re.findall(r"^curl .*$", (ROOT / "README.md").read_text(), re.MULTILINE)
PROBE = ROOT / "models" / "probe.jpg"
JPEG = encoded()
SESAME = "sesame"


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    with serving(create_app()) as address:
        yield address


def lines(address: str, *arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "examples/client.py", "--url", address, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [{**json.loads(line), "exit": done.returncode} for line in done.stdout.splitlines()]


def test_there_are_curl_lines() -> None:
    assert len(CURL) >= 4


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("line", CURL)
def test_curl(real: str, tmp_path: Path, line: str) -> None:
    shutil.copy(PROBE, tmp_path / "photo.jpg")
    command = line.replace("http://localhost:8000", real)
    assert command != line
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=True)  # noqa: S607
    answer = json.loads(done.stdout)
    if "/predict" in line:
        assert len(answer["faces"]) == 1


def test_the_client(real: str) -> None:
    first, second = lines(real, str(PROBE), "README.md")
    assert len(first["faces"]) == 1
    assert second == {"file": "README.md", "error": "a JPEG, PNG, WebP or GIF picture was expected", "exit": 1}


def test_the_client_names_a_file_that_the_terminal_cannot_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert [line["file"] for line in lines("http://localhost:1", "照.jpg", str(PROBE))] == ["照.jpg", str(PROBE)]


def test_the_client_without_a_service() -> None:
    (line,) = lines("http://localhost:1", str(PROBE))
    assert "refused" in line["error"]


@pytest.mark.parametrize("address", ["localhost", "localhost:8000", "file:///etc", "", "http://[::1"])
def test_the_client_wants_an_address_of_http(address: str) -> None:
    with pytest.raises(Refused, match=rf"http://… or https://… was expected, {re.escape(address)} came"):
        predict(JPEG, address)


def test_the_client_has_a_token_and_asks_for_parts() -> None:
    analyze = FakeAnalyze()
    with serving(create_app({"TOKEN": SESAME}, analyze)) as address:
        with pytest.raises(Refused, match="token was expected"):
            predict(JPEG, address)
        answer = predict(JPEG, address, token=SESAME, networks="age", crop="1")
    assert set(answer["faces"][0]) == {"box", "score", "landmarks", "age"}
    assert analyze.calls[0]["whole"]


def test_the_client_is_patient() -> None:
    with serving(create_app({"RATE": "1 per second"}, FakeAnalyze())) as address:
        assert [len(predict(JPEG, address)["faces"]) for _ in range(2)] == [1, 1]


def test_the_client_takes_an_address_with_a_slash() -> None:
    with serving(create_app({}, FakeAnalyze())) as address:
        assert predict(JPEG, f"{address}/")["faces"]


def test_the_client_tells_what_is_no_answer() -> None:
    other = Flask(__name__)
    other.post("/predict")(lambda: "Welcome")
    with serving(other) as address, pytest.raises(Refused, match="an answer of facelab was expected"):
        predict(JPEG, address)


def test_the_client_tells_what_a_proxy_says() -> None:
    proxy = Flask(__name__)
    proxy.post("/predict")(lambda: ("<h1>Bad Gateway</h1>", 502))
    with serving(proxy) as address, pytest.raises(Refused, match="502"):
        predict(JPEG, address)

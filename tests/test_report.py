"""The table of what was measured, and where it goes."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.installed import megabytes
from benchmarks.report import BEGIN, END, table, write, written

TIMES = {"median_ms": 28.4, "p90_ms": 33.6}
FIGURES: dict[str, Any] = {
    "machine": {"processor": "Some CPU", "cores": 2},
    "analysis": {
        "1": {"scenes": {"one": {"whole": {"median_ms": 99.0, "p90_ms": 99.0}}}, "further_face_ms": 99.0},
        "2": {"scenes": {"one": {"whole": TIMES}}, "further_face_ms": 14.6},
    },
    "http": {
        name: {"2": {"1": {"per_second": 25.2}, "64": {"per_second": 45.1}}} for name in ("facelab", "tensorflow")
    },
    "memory": {"most_mb": 280.4, "growth_percent": 0.5, "questions": 20_003},
    "ready_seconds": 1.42,
    "installed_mb": 422,
    "picture_of_512": {"a peer": {"median_ms": 129.3}},
}
TABLE = """\
| on 2 cores (Some CPU) | measured |
| --- | --- |
| a frame of 640×480 with one face, 2 cores | 28 ms (p90 34), each further face 15 ms |
| answers a second over HTTP, 2 cores, by clients: facelab | 25 at 1, 45 at 64 |
| answers a second over HTTP, 2 cores, by clients: the same with TensorFlow's runtime | 25 at 1, 45 at 64 |
| memory of all processes (PSS), at most | 280 MB, +0.5 % from the first thousand to 20,003 questions |
| from the start to `/readyz` | 1.4 s |
| installed packages | 422 MB |
| a picture of 512×512 with one face: a peer | 129 ms |
"""


def test_table() -> None:
    assert table(FIGURES) == TABLE


def test_it_takes_the_place_of_the_former(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}former\n{END}after\n")
    write(FIGURES, readme)
    assert readme.read_text() == f"before\n{BEGIN}{TABLE}{END}after\n"


@pytest.mark.parametrize("text", ["", BEGIN, END, BEGIN + END + BEGIN])
def test_a_text_without_its_place(text: str) -> None:
    with pytest.raises(ValueError, match="were expected once each"):
        written(text, "")


def test_size_in_the_last_line() -> None:
    assert megabytes("INFO: hello\n422\t/venv/lib/python3.11/site-packages\n") == 422

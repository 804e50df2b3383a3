"""Folders into tables: in the middle killed, gone on with, and the same as if nothing had been."""

import contextlib
import csv
import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest

from facelab.__main__ import main
from facelab.checkpoint import path_of
from facelab.collection import Asked, collect, told
from facelab.errors import ModelError, OutputError, RequestError
from facelab.pictures import pictures
from facelab.rows import Row
from tests.builders import MODELS, portraits, wait

PICTURES = 90
QUICK = ("--networks", "emotion", "--jobs", "2")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return portraits(tmp_path / "photos", PICTURES)


def read(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, drawn = tmp_path / "faces.csv", tmp_path / "drawn"
    assert main([str(photos), "--out", str(table), "--draw", str(drawn), *QUICK]) == 1
    rows = read(table)
    assert [row["file"] for row in rows] == sorted(map(str, photos.iterdir()))
    assert "JPEG" in rows[7]["error"]
    assert (rows[8]["faces"], rows[8]["face"]) == ("0", "")
    assert [row["emotion"] for row in rows[9:]] == ["happy"] * (PICTURES - 9)
    assert {file.name for file in drawn.iterdir()} == {file.name for file in photos.iterdir()} - {"07.png"}
    said = capsys.readouterr().err
    assert f"facelab: {photos / '07.png'}: a JPEG" in said
    assert f"pictures {PICTURES}, faces {PICTURES - 2}, without a face 1, bad files 1" in said


@pytest.mark.parametrize("killed", ["all", "one"])
def test_killed_and_gone_on_with(photos: Path, tmp_path: Path, killed: str) -> None:
    """What was done before is not done again: its files are no pictures any more."""
    whole, table = tmp_path / "whole.csv", tmp_path / "faces.csv"
    assert main([str(photos), "--out", str(whole), *QUICK]) == 1
    end = end_all if killed == "all" else end_one
    done = interrupted([str(photos), "--out", str(table), *QUICK], table.with_name("faces.csv.part"), end)
    assert not table.exists()
    for name in done:
        Path(name).write_text("done before")
    assert main([str(photos), "--out", str(table), *QUICK]) == 1
    assert table.read_bytes() == whole.read_bytes()
    assert not table.with_name("faces.csv.part").exists()


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_killed_when_the_table_is_there_and_its_checkpoint_still_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """The same command says what is done; another file of that name stays, and the checkpoint with it."""
    monkeypatch.setattr("facelab.collection.processes", lambda *_: ThreadPoolExecutor(1))
    photos, table = portraits(tmp_path / "photos", 9), tmp_path / f"faces{suffix}"
    asked, part, kept = Asked(paths=(photos,), models=MODELS, networks=("emotion",)), path_of(table), tmp_path / "kept"

    def keep(_done: int, _rows: list[Row]) -> None:
        if not kept.exists():
            kept.hardlink_to(part)

    counts, made = collect(pictures([photos]), asked, table, 1, keep), table.read_bytes()
    assert not part.exists()
    part.hardlink_to(kept)
    assert collect(pictures([photos]), asked, table, 1, keep) == counts
    assert (table.read_bytes(), part.exists()) == (made, False)
    part.hardlink_to(kept)
    table.write_text("mine")
    with pytest.raises(OutputError, match="came meanwhile"):
        collect(pictures([photos]), asked, table, 1, keep)
    assert (table.read_text(), part.exists()) == ("mine", True)


@pytest.mark.parametrize("trouble", [OSError(errno.EMFILE, "too many open files"), MemoryError("too many pixels")])
def test_trouble_of_the_machine_is_no_bad_file(trouble: Exception) -> None:
    with pytest.raises(type(trouble), match="too many"):
        told("a.jpg", Mock(side_effect=trouble), landmarks=False)


def test_networks_that_go_end_the_run(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facelab.collection.processes", lambda *_: ThreadPoolExecutor(1))
    models = shutil.copytree(MODELS, tmp_path / "models")
    asked, table = Asked(paths=(photos,), models=models), tmp_path / "faces.csv"

    def gone(_done: int, _rows: list[Row]) -> None:
        (models / "age.tflite").unlink(missing_ok=True)

    with pytest.raises(ModelError):
        collect(pictures([photos]), asked, table, 1, gone)
    assert not table.exists()


def test_a_table_that_is_there_is_not_begun(photos: Path, tmp_path: Path) -> None:
    table = tmp_path / "faces.csv"
    table.write_text("mine")
    with pytest.raises(RequestError, match=r"a new file was expected, .*faces\.csv exists"):
        collect(pictures([photos]), Asked(paths=(photos,), models=MODELS), table, 1, lambda *_: None)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["faces.csv", "photos"]


def test_a_run_goes_on_with_the_same_files_alone(tmp_path: Path) -> None:
    """With another finder, too, a table would be of two minds."""
    models = shutil.copytree(MODELS, tmp_path / "models")
    asked = Asked(paths=("photos",), models=models, networks=("emotion",))
    marks = asked.marks(asked.cards())
    assert set(marks["models"]) == {"emotion", "finder"}
    another = (models / "age.tflite").read_bytes()
    card = json.loads((models / "finder.json").read_text())
    (models / "finder.tflite").write_bytes(another)
    (models / "finder.json").write_text(json.dumps({**card, "sha256": hashlib.sha256(another).hexdigest()}))
    assert asked.marks(asked.cards()) != marks


def test_a_run_that_goes_on_is_the_same_run(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "faces.csv"
    interrupted([str(photos), "--out", str(table), *QUICK], table.with_name("faces.csv.part"), end_all)
    assert main([str(photos), "--out", str(table), "--jobs", "2"]) == 2
    assert "begun with other options" in capsys.readouterr().err


def test_a_run_is_of_the_folder_it_was_begun_in(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table, other = tmp_path / "faces.csv", tmp_path / "other"
    shutil.copytree(photos, other / "photos")
    monkeypatch.setenv("PYTHONPATH", str(MODELS.parent))
    monkeypatch.chdir(tmp_path)
    interrupted(["photos", "--out", str(table), *QUICK], table.with_name("faces.csv.part"), end_all)
    monkeypatch.chdir(other)
    assert main(["photos", "--out", str(table), *QUICK]) == 2
    assert "was begun with other options" in capsys.readouterr().err
    assert main([str(photos), "--out", str(table), *QUICK]) == 2  # whose pictures have other names
    assert "was begun with other options" in capsys.readouterr().err


def test_two_interrupts_end_it(photos: Path, tmp_path: Path) -> None:
    """The second one breaks what the first one waits for; Python would wait for the workers ever after."""

    def twice(run: subprocess.Popen[bytes]) -> None:
        try:
            for _ in range(2):
                run.send_signal(signal.SIGINT)
                time.sleep(0.05)
            assert run.wait(30) != 0
        finally:
            run.kill()

    table = tmp_path / "faces.csv"
    interrupted([str(photos), "--out", str(table), *QUICK], table.with_name("faces.csv.part"), twice)


def test_what_others_put_there_meanwhile_stays(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the folder of the drawings of a run that goes on."""
    table, drawn, mine = tmp_path / "faces.csv", tmp_path / "drawn", tmp_path / "drawn/new.png"
    command = [str(photos), "--out", str(table), "--draw", str(drawn), *QUICK]
    interrupted(command, table.with_name("faces.csv.part"), end_all)
    shutil.copy(photos / "00.png", photos / "new.png")
    mine.write_text("mine")
    assert main(command) == 2
    assert "a new file was expected" in capsys.readouterr().err
    assert mine.read_text() == "mine"
    mine.unlink()
    assert main(command) == 1
    assert len(read(table)) == len(list(drawn.iterdir())) + 1 == PICTURES + 1


def interrupted(arguments: list[str], part: Path, end: Callable[["subprocess.Popen[bytes]"], None]) -> list[str]:
    """A run that is ended in the middle: the names of the pictures that were done."""
    command = [sys.executable, "-m", "facelab", *arguments]
    heeded = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # which a test run in the background ignores
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, preexec_fn=heeded) as run:
        wait(lambda: part.exists() and part.read_bytes().count(b'\n{"file"') > 4)
        end(run)
    lines = [line for line in part.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    names = [line["file"] for line in map(json.loads, lines) if "file" in line]
    assert 4 < len(names) < PICTURES
    return names


def end_all(run: "subprocess.Popen[bytes]") -> None:
    """SIGKILL, after which its processes end themselves."""
    processes = pool(run.pid)
    run.kill()
    assert len(processes) == 2
    wait(lambda: not any(map(alive, processes)))


def end_one(run: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to a process of the pool, as for want of memory."""
    os.kill(pool(run.pid)[0], signal.SIGKILL)
    assert run.wait(60) == 2


def pool(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def alive(process: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False

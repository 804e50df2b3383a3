"""A cluster of two machines, of which processes and one machine are killed: each picture once, as on one machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from fsspec.implementations.memory import MemoryFileSystem
from pyarrow import parquet
from ray.cluster_utils import Cluster

from facelab.__main__ import main
from facelab.cluster import Worker
from facelab.collection import Asked
from facelab.rows import Columns
from tests.builders import MODELS, encoded, portraits, wait

ROOT = Path(__file__).parent.parent
COLUMNS: Columns = {"file": str, "faces": int, "face": int, "emotion": str, "error": str}
PICTURES = 96
SHARDS = 16  # eight for each of the two machines


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return portraits(tmp_path_factory.mktemp("cluster") / "photos", PICTURES)


@pytest.fixture(scope="module")
def expected(photos: Path) -> list[dict[str, Any]]:
    """What one machine says."""
    table = photos.parent / "faces.parquet"
    assert main([str(photos), "--out", str(table), "--jobs", "2"]) == 1
    return rows(table)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A head that computes nothing, and two machines of one core each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", str(ROOT))
        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        made.add_node(num_cpus=1)
        made.add_node(num_cpus=1)
        yield made
        made.shutdown()  # type: ignore[no-untyped-call]


def test_killed_and_gone_on_with(
    photos: Path, expected: list[dict[str, Any]], cluster: Cluster, tmp_path: Path
) -> None:
    """First all is killed, then the same command loses a worker and a machine."""
    out = tmp_path / "faces"
    with facelab(photos, out, cluster) as run:
        wait(lambda: len(shards(out)) >= 3)
        run.kill()
    before = {shard: shard.stat().st_mtime_ns for shard in shards(out)}
    assert len(before) < SHARDS
    with facelab(photos, out, cluster) as run:
        wait(lambda: len(shards(out)) >= len(before) + 2)
        os.kill(workers(cluster)[0], signal.SIGKILL)
        wait(lambda: len(shards(out)) >= len(before) + 5)
        cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
        assert len(shards(out)) < SHARDS
        _, said = run.communicate(timeout=120)
    assert run.returncode == 1, said
    assert rows(out) == expected
    assert {shard: shard.stat().st_mtime_ns for shard in before} == before
    assert f"pictures {PICTURES}, faces {PICTURES - 2}, without a face 1, bad files 1" in said


KILLER = """
import os, sys
from facelab import cluster
from facelab.__main__ import main

class Killed(cluster.Worker):
    def __call__(self, shard):
        if shard["name"] == "part-000-00003.parquet":
            os._exit(1)
        return super().__call__(shard)

cluster.Worker = Killed
sys.exit(main())
"""


def test_a_picture_that_kills_ends_no_run(cluster: Cluster, tmp_path: Path) -> None:
    photos, out = portraits(tmp_path / "photos", 10), tmp_path / "faces"
    command = [photos, "--engine", "ray", "--address", cluster.address, "--out", out, "--networks", "emotion"]
    run = subprocess.run([sys.executable, "-c", KILLER, *command], check=False, capture_output=True, text=True)
    assert run.returncode == 2
    assert "10 pictures were expected, 9 are done; the same command tries the others again" in run.stderr
    assert len(shards(out)) == 9


def test_networks_that_are_not_there(
    photos: Path, cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(photos), "--engine", "ray", "--address", cluster.address, "--out", str(tmp_path / "faces")]
    assert main([*command, "--networks", "height"]) == 2
    assert "one or more of the networks" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["localhost:9", "ray://127.0.0.1:9", "[::1]:9", "nosuchhost"])
def test_a_cluster_that_is_not_there(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    command = [str(photos), "--engine", "ray", "--out", str(tmp_path / "faces"), "--networks", "emotion"]
    assert main([*command, "--address", address]) == 2
    assert f"a Ray cluster was expected at {address}, none" in capsys.readouterr().err
    assert not (tmp_path / "faces").exists()


def test_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.jpg", "notes.txt"):
        (tmp_path / name).touch()
    assert main([str(tmp_path), "--engine", "ray", "--address", "localhost:9", "--out", str(tmp_path / "faces")]) == 2
    assert "facelab: left out: other files 1" in capsys.readouterr().err


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    """One that makes shards in this process, of pictures in its memory."""
    monkeypatch.setattr(ray, "get", lambda models: models)
    models = {file.name: file.read_bytes() for file in MODELS.iterdir()}
    asked = Asked(paths=("memory://photos",), models=MODELS, networks=("emotion",))
    return Worker(asked=asked, out="memory://faces", columns=COLUMNS, models=models)  # type: ignore[arg-type]


def test_a_shard(worker: Worker, store: MemoryFileSystem) -> None:
    store.pipe({"/photos/a.jpg": encoded(), "/photos/b.jpg": b"no picture"})
    pictures = [{"name": name, "file": f"memory://photos/{name}".encode()} for name in ("a.jpg", "b.jpg", "c.jpg")]
    shard = {"name": "part-000-00000.parquet", "pictures": pictures}
    said = worker(shard)
    counts = {"pictures": 3, "faces": 0, "without_a_face": 1, "bad_files": 2}
    assert said == {**counts, "errors": said["errors"], "before": False, "failed": ""}
    assert [row["file"] for row in said["errors"]] == ["b.jpg", "c.jpg"]
    store.rm("/photos", recursive=True)
    assert worker(shard) == {**said, "before": True}


def test_a_store_that_is_away_makes_no_bad_files(
    worker: Worker, store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> bytes:
        raise TimeoutError("no answer")

    monkeypatch.setattr(MemoryFileSystem, "cat_file", away)
    shard = {"name": "part-000-00000.parquet", "pictures": [{"name": "a.jpg", "file": b"memory://photos/a.jpg"}]}
    said = worker(shard)
    assert (
        said["failed"] == "part-000-00000.parquet: memory://photos/a.jpg cannot be read now: TimeoutError('no answer')"
    )
    assert said["pictures"] == 0
    assert store.find("/faces") == []


def facelab(photos: Path, out: Path, cluster: Cluster) -> "subprocess.Popen[str]":
    command = ["-m", "facelab", photos, "--engine", "ray", "--address", cluster.address, "--out", out.name]
    return subprocess.Popen([sys.executable, *command], cwd=out.parent, stderr=subprocess.PIPE, text=True)


def workers(cluster: Cluster) -> list[int]:
    """The processes that analyse, of all machines."""
    return [process for node in cluster.worker_nodes for process in children(node) if b"MapWorker" in named(process)]


def children(node: Any) -> list[int]:
    raylet = node.all_processes["raylet"][0].process.pid
    return [int(child) for child in Path(f"/proc/{raylet}/task/{raylet}/children").read_text().split()]


def named(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


def shards(out: Path) -> list[Path]:
    return sorted(out.glob("*.parquet"))


def rows(table: Path) -> list[dict[str, Any]]:
    """All rows of a file, or of a folder's, in the order of their names."""
    found: list[dict[str, Any]] = parquet.read_table(table).to_pylist()
    return found

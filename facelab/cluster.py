"""Many pictures on many machines: Ray Data hands out shards, each worker makes one after the other.

Ray starts a killed worker's shard anew elsewhere. What is done twice is the same file twice, see `facelab.shards`: that
takes no store that can lock or rename, nor Ray's own checkpoints, which are beta.
"""

import logging
import os
import socket
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import Any

import ray
from ray.data import ActorPoolStrategy, DataContext
from ray.exceptions import RayError
from ray.util.annotations import RayDeprecationWarning

from facelab import shards, stores
from facelab.analyzer import Analyzer, load_own
from facelab.collection import Asked, Counts, told
from facelab.errors import ClusterError
from facelab.order import in_order, one_of_many
from facelab.pictures import Place, absolute
from facelab.rows import Columns, Row, columns
from facelab.shards import Shard
from facelab.stores import Folder, Found
from facelab.types import Analysis

AHEAD = 8  # pictures that a worker fetches while it analyses one
TRIES = 3  # more, for a shard whose worker was killed: after that it is left to the next run
Watch = Callable[[int, list[Row]], None]


def collect(
    found: Sequence[Found], asked: Asked, out: Place, *, jobs: int | None, address: str | None, watch: Watch
) -> Counts:
    """Write the shards of a table of all pictures with at most `jobs` workers (None: one for each core).

    `watch` is told of each shard how many pictures it has, and its rows with errors if they are new.
    Raises RequestError, ModelError and ClusterError.
    """
    cards = asked.cards()
    with _cluster(address):
        workers = jobs or _cores()
        plan = shards.planned(out, found, asked.marks(cards), workers)
        said = {"asked": asked, "out": absolute(out), "columns": columns(cards, landmarks=asked.landmarks)}
        made = _made(plan, workers, {**said, "models": ray.put(_packed(asked.models))})
        return _summed(made, sum(len(shard.pictures) for shard in plan), watch)


@contextmanager
def _cluster(address: str | None) -> Iterator[None]:
    """A cluster that is joined, or one of this machine alone. Nothing is reported to Ray's makers."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # what is left undone is told at the end
    place = address or os.environ.get("RAY_ADDRESS") or "local"
    _check(place)
    try:
        cluster = ray.init(place, logging_level=logging.ERROR, log_to_driver=False)
    except Exception as error:  # Ray raises bare ones, too
        raise ClusterError(f"a Ray cluster was expected at {place}, none can be joined: {error}") from error
    with cluster:
        try:
            yield
        except RayError as error:
            raise ClusterError(f"the cluster failed, the same command goes on: {error}") from error


def _check(address: str) -> None:
    """Raises ClusterError where nobody listens at an address with a port: Ray would knock for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        if port.isdigit():
            socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except OSError as error:
        raise ClusterError(f"a Ray cluster was expected at {address}, none answers: {error}") from error


def _cores() -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 1)))  # type: ignore[no-untyped-call]


def _made(plan: Sequence[Shard], workers: int, said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What each shard's worker says of it, as they come; nothing of one that cannot be made."""
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1
    items = ray.data.from_items([asdict(shard) for shard in plan], override_num_blocks=len(plan))
    pool = ActorPoolStrategy(size=min(workers, len(plan)), max_tasks_in_flight_per_actor=1)
    with warnings.catch_warnings():
        # Only this way says how often: https://docs.ray.io/en/latest/ray-core/fault_tolerance/actors.html
        warnings.simplefilter("ignore", RayDeprecationWarning)
        made = items.map(
            Worker,  # type: ignore[arg-type]
            compute=pool,
            fn_constructor_kwargs=said,
            num_cpus=1,
            max_task_retries=TRIES,
        )
    yield from made.iter_rows()


def _summed(made: Iterator[dict[str, Any]], expected: int, watch: Watch) -> Counts:
    """Raises ClusterError where shards are missing."""
    total, reason = Counts(), "their workers were killed, maybe for memory"
    for said in made:
        reason = said["failed"] or reason
        for field in fields(total):
            setattr(total, field.name, getattr(total, field.name) + said[field.name])
        watch(said["pictures"], [] if said["before"] else said["errors"])
    if total.pictures < expected:
        came = (
            f"{expected:,} pictures were expected, {total.pictures:,} are done; the same command tries the others again"
        )
        raise ClusterError(f"{came}: {reason}")
    return total


class Worker:
    """Makes shards, in a process of its own on one core, with networks that are loaded once."""

    def __init__(
        self, *, asked: Asked, out: Place, columns: Columns, models: "ray.ObjectRef[Mapping[str, bytes]]"
    ) -> None:
        one_of_many()
        self._asked, self._folder, self._columns = asked, Folder(out), columns
        self._analyzer = _unpacked(ray.get(models))

    def __call__(self, shard: dict[str, Any]) -> dict[str, Any]:
        """Counts of the shard, its rows with errors, whether it was there `before`, or what `failed`."""
        try:
            return {**self._made(shard), "failed": ""}
        except Exception as error:  # a store that is away, a disk that is full: the others are made
            return {**asdict(Counts()), "errors": [], "before": False, "failed": f"{shard['name']}: {error}"}

    def _made(self, shard: dict[str, Any]) -> dict[str, Any]:
        before = self._folder.has(shard["name"])
        rows = shards.rows_of(self._folder.read(shard["name"])) if before else self._rows(shard["pictures"])
        if not before:
            self._folder.write(shard["name"], shards.written(rows, self._columns))
        counts = Counts()
        for row in rows:
            counts.add(row)
        return {**asdict(counts), "errors": [row for row in rows if "error" in row], "before": before}

    def _rows(self, pictures: Sequence[dict[str, Any]]) -> list[Row]:
        with ThreadPoolExecutor(AHEAD) as pool:
            fetched = in_order(pool, _fetched, pictures, AHEAD)
            return [
                row
                for picture, data in fetched
                for row in told(picture["name"], partial(self._analysed, data), landmarks=self._asked.landmarks)
            ]

    def _analysed(self, data: bytes | OSError) -> Analysis:
        if isinstance(data, OSError):
            raise data
        return self._analyzer(data, networks=self._asked.networks, whole=self._asked.whole)


def _fetched(picture: Mapping[str, Any]) -> bytes | OSError:
    try:
        return stores.read(picture["file"])
    except OSError as error:
        return error


def _packed(models: Path) -> dict[str, bytes]:
    """The networks' files: they go along, so that every machine asks the same ones."""
    return {file.name: file.read_bytes() for file in models.iterdir() if file.suffix in (".json", ".tflite")}


def _unpacked(files: Mapping[str, bytes]) -> Analyzer:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            Path(folder, name).write_bytes(data)
        return load_own(Path(folder))

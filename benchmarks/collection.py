"""What many pictures take: pictures a second on one core and two, alone and with Ray, and from that a million's hours.

The pictures are 640 to 752 × 520 pixels, JPEG, with one face each; all networks are asked. Each engine runs twice, with
few pictures and with many, so that its start (processes, networks, Ray) is not taken for work. A line of JSON for each,
then one for a million pictures on one machine and on ten: an extrapolation. It takes for granted that their cores are
like this machine's, that ten machines do ten times as much, since they share nothing but the store, and that the store
gives as many megabytes a second as the line says.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.load import pictures
from benchmarks.service import ROOT

MILLION = 1_000_000
FEW = 16


@dataclass(frozen=True, kw_only=True)
class Speed:
    """`start` in seconds: until the first picture is under way, and from the last one to the end."""

    engine: str
    cores: int
    per_second: float
    start: float

    def million(self, machines: int, cores: int, size: float) -> dict[str, Any]:
        """A million pictures of `size` bytes on machines of so many cores each."""
        core_seconds = MILLION * self.cores / self.per_second
        seconds = core_seconds / (machines * cores)
        return {
            "machines": machines,
            "cores_each": cores,
            "hours": round((seconds + self.start) / 3600, 2),
            "core_hours": round(core_seconds / 3600, 1),
            "store_mb_per_second": round(size * MILLION / seconds / 1e6, 1),
        }


def measured(engine: str, cores: int, many: int) -> Speed:
    """Raises CalledProcessError where not all went well, RuntimeError where the machine has too much else to do."""
    _, few_seconds, many_seconds = (
        seconds(engine, cores, count) for count in (FEW, FEW, many)
    )  # the first fills caches
    if few_seconds >= many_seconds:
        raise RuntimeError(
            f"more than {few_seconds:.1f} s were expected for {many} pictures, {many_seconds:.1f} s came"
        )
    per_second = (many - FEW) / (many_seconds - few_seconds)
    return Speed(engine=engine, cores=cores, per_second=per_second, start=few_seconds - FEW / per_second)


def seconds(engine: str, cores: int, count: int) -> float:
    """How long the command takes, from its start to its end."""
    with tempfile.TemporaryDirectory() as folder:
        photos, out = Path(folder, "photos"), Path(folder, "faces.parquet")
        photos.mkdir()
        for number, picture in enumerate(islice(cycle(pictures(8)), count)):
            Path(photos, f"{number:06}.jpg").write_bytes(picture)
        command = ["-m", "facelab", str(photos), "--engine", engine, "--jobs", str(cores), "--out", str(out)]
        alone = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], cwd=ROOT, env=alone, check=True, capture_output=True)  # noqa: S603
        return time.perf_counter() - start


def lines(engines: Sequence[tuple[str, int]], many: int, cores: int) -> Iterator[dict[str, Any]]:
    """What each engine does, then what a million pictures take by the last one."""
    size = sum(map(len, pictures(8))) / 8
    for engine, used in engines:
        speed = measured(engine, used, many)
        yield {name: round(value, 2) if isinstance(value, float) else value for name, value in asdict(speed).items()}
    for machines in (1, 10):
        yield speed.million(machines, cores, size)


def main(arguments: list[str] | None = None) -> int:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m benchmarks.collection", description=__doc__, formatter_class=shape)
    parser.add_argument("--pictures", type=int, default=1000, help="of the longer run")
    parser.add_argument("--cores", type=int, default=16, help="of each machine that is extrapolated to")
    options = parser.parse_args(arguments)
    if options.pictures <= 2 * FEW:
        parser.error(f"more than {2 * FEW} pictures were expected, {options.pictures} came")
    for line in lines([("local", 1), ("local", 2), ("ray", 2)], options.pictures, options.cores):
        print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How fast the service is, in one run and side by side: each stage, the whole, answers a second, TensorFlow, peers."""

import importlib.util
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.others import PROBE, peers
from benchmarks.peak import operations, peak
from benchmarks.scenes import scenes
from benchmarks.service import ROOT, on
from benchmarks.serving import FACELAB, MOST, TENSORFLOW, throughput
from benchmarks.stages import Bench, shares, stages
from facelab.images import decode

FACES = {"one": 1, "five": 5, "none": 0}


def speed(seconds: float, folder: Path | None = None) -> dict[str, Any]:
    """All figures. `seconds`: of each measurement; `folder`: where the peers are."""
    cores = range(1, MOST + 1)
    picture = scenes()["one"]
    apps = {"facelab": FACELAB} | ({"tensorflow": TENSORFLOW} if importlib.util.find_spec("tensorflow") else {})
    return {
        "machine": {
            "processor": processor(),
            "cores": len(os.sched_getaffinity(0)),
            "python": platform.python_version(),
        },
        "analysis": {str(number): analysis(number, seconds) for number in cores},
        "http": {
            name: {str(number): throughput(app, number, picture, seconds) for number in cores}
            for name, app in apps.items()
        },
        "picture_of_512": {
            "facelab (all three)": stages(Bench(ROOT / "models"), decode(PROBE.read_bytes()), seconds)["whole"],
            **(peers(folder, seconds) if folder else {}),
        },
    }


def analysis(cores: int, seconds: float) -> dict[str, Any]:
    """Stages of each scene, and what part of the peak, measured in the same minute, each network reaches."""
    with on(cores):
        bench = Bench(ROOT / "models")
        frames = scenes()
        for name, expected in FACES.items():
            if (came := bench.faces(frames[name])) != expected:
                raise RuntimeError(f"{expected} faces were expected in the scene {name!r}, {came} were found")
        found = {name: stages(bench, frame, seconds) for name, frame in frames.items()}
        needed, best = {name: needs(card) for name, card in bench.cards.items()}, peak(seconds)
    further = (found["five"]["whole"]["median_ms"] - found["one"]["whole"]["median_ms"]) / 4
    return {
        "scenes": found,
        "further_face_ms": round(further, 2),
        "peak_gops_per_core": round(best / 1e9, 1),
        "share_of_peak": shares(found["one"], needed, best),
    }


def needs(card: Mapping[str, Any]) -> int:
    """Operations that a network takes for a face, of which it may be asked twice."""
    views = 2 if card["inputs"].get("mirrored") else 1
    return views * operations(ROOT / "models" / f"{card['name']}.tflite")


def processor() -> str:
    """As Linux calls it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def tables(figures: Mapping[str, Any]) -> list[Table]:
    found = []
    for cores, one in figures["analysis"].items():
        rows = {stage: [_ms(scene.get(stage)) for scene in one["scenes"].values()] for stage in one["scenes"]["one"]}
        title = f"640×480 on {cores} of {figures['machine']['cores']} cores: median and p90, ms"
        found.append(_table(title, [f"faces: {FACES[name]}" for name in one["scenes"]], rows))
        share = {name: [f"{100 * part:.0f} %"] for name, part in one["share_of_peak"].items()}
        found.append(_table("networks", [f"of {one['peak_gops_per_core']} GOP/s a core"], share))
    for name, by_cores in figures["http"].items():
        rows = {
            f"{cores} cores, {clients} clients": [f"{said[key]:g}" for key in ("per_second", "p50_ms", "p99_ms")]
            for cores, by_clients in by_cores.items()
            for clients, said in by_clients.items()
        }
        found.append(_table(f"{name} over HTTP, one face", ["a second", "p50, ms", "p99, ms"], rows))
    rows = {name: [_ms(times)] for name, times in figures["picture_of_512"].items()}
    return [*found, _table("512×512, one face", ["median and p90, ms"], rows)]


def _table(title: str, columns: list[str], rows: Mapping[str, list[str]]) -> Table:
    table = Table("", *columns, title=title, title_justify="left")
    for name, cells in rows.items():
        table.add_row(name, *cells)
    return table


def _ms(times: Mapping[str, float] | None) -> str:
    return f"{times['median_ms']:.1f}  {times['p90_ms']:.1f}" if times else ""

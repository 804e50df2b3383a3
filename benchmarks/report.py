"""The README's table of what was measured, made of results.json."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.service import ROOT

RESULTS, README = ROOT / "benchmarks" / "results.json", ROOT / "README.md"
BEGIN, END = "<!-- measured: make bench writes this -->\n", "<!-- end -->\n"


def table(figures: Mapping[str, Any]) -> str:
    """Markdown."""
    rows = [f"| {name} | {value} |" for name, value in _rows(figures)]
    machine = figures["machine"]
    head = f"| on {machine['cores']} cores ({machine['processor']}) | measured |"
    return "\n".join([head, "| --- | --- |", *rows]) + "\n"


def written(text: str, middle: str) -> str:
    """A text with `middle` between its marks. Raises ValueError where they are missing."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{BEGIN.strip()} and {END.strip()} were expected once each")
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + middle + END + rest.partition(END)[2]


def write(figures: Mapping[str, Any], readme: Path = README) -> None:
    readme.write_text(written(readme.read_text(), table(figures)))


def _rows(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    cores, one = list(figures["analysis"].items())[-1]
    whole = one["scenes"]["one"]["whole"]
    yield (
        f"a frame of 640×480 with one face, {cores} cores",
        f"{whole['median_ms']:.0f} ms (p90 {whole['p90_ms']:.0f}), each further face {one['further_face_ms']:.0f} ms",
    )
    for app, by_cores in figures["http"].items():
        said = ", ".join(f"{came['per_second']:.0f} at {clients}" for clients, came in by_cores[cores].items())
        name = "facelab" if app == "facelab" else "the same with TensorFlow's runtime"
        yield f"answers a second over HTTP, {cores} cores, by clients: {name}", said
    memory = figures["memory"]
    grown = f"{memory['growth_percent']:+.1f} % from the first thousand to {memory['questions']:,} questions"
    yield "memory of all processes (PSS), at most", f"{memory['most_mb']:.0f} MB, {grown}"
    yield "from the start to `/readyz`", f"{figures['ready_seconds']:.1f} s"
    yield "installed packages", f"{figures['installed_mb']} MB"
    for name, times in figures["picture_of_512"].items():
        yield f"a picture of 512×512 with one face: {name}", f"{times['median_ms']:.0f} ms"

"""Measures the service in one run, side by side with others: speed, memory, size. See `speed`, `serving`, `installed`.

Writes tables, and all of it as JSON into `--out`: with peers and TensorFlow beside it into results.json, unless another
is told, and then the README's table, too. It wants a machine that does nothing else, and takes about half an hour.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import report
from benchmarks.installed import installed
from benchmarks.serving import memory, ready
from benchmarks.speed import speed, tables


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement of speed")
    parser.add_argument("--questions", type=int, default=20_000, help="during which memory is watched")
    parser.add_argument("--peers", type=_folder, help="folder of the peers, see benchmarks/peers/README.md")
    parser.add_argument("--out", type=_file, help="file for all figures")
    options = parser.parse_args(arguments)
    figures: dict[str, Any] = {"installed_mb": installed(), "ready_seconds": ready()}  # what fails soonest comes first
    figures |= {"memory": memory(options.questions), **speed(options.seconds, options.peers)}
    out = options.out or (report.RESULTS if options.peers and "tensorflow" in figures["http"] else None)
    if out:
        out.write_text(json.dumps(figures, indent=2) + "\n")
    for table in tables(figures):
        Console().print(table)
    print(report.table(figures))
    if out == report.RESULTS:
        report.write(figures)
    return 0


def _file(name: str) -> Path:
    if not Path(name).parent.is_dir():
        raise argparse.ArgumentTypeError(f"a file in a folder was expected, {Path(name).parent} is none")
    return Path(name).resolve()


def _folder(name: str) -> Path:
    if not Path(name).is_dir():
        raise argparse.ArgumentTypeError(f"a folder was expected, {name} is none")
    return Path(name).resolve()


if __name__ == "__main__":
    sys.exit(main())

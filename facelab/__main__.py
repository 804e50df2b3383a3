"""Analyse photographs: a line of JSON for each file.

Each line is the answer that /predict gives, with the file's name as `file`; a file that cannot be analysed gets
a line with `error`, and the exit status is then 1.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from facelab.analyzer import Analyzer, load_analyzer
from facelab.errors import FacelabError
from facelab.home import home


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        analyze = load_analyzer(options.models)
    except FacelabError as error:
        print(f"facelab: {error}", file=sys.stderr)
        return 2
    failed = False
    for file in options.photos:
        line = answer(analyze, file, whole=options.crop)
        failed |= "error" in line
        print(json.dumps(line, ensure_ascii=False), flush=True)
    return int(failed)


def answer(analyze: Analyzer, file: Path, *, whole: bool) -> dict[str, Any]:
    """A file's line: the analysis, or what was wrong with the file."""
    try:
        return {"file": str(file), **analyze(file.read_bytes(), whole=whole).to_dict()}
    except (FacelabError, OSError) as error:
        return {"file": str(file), "error": str(error)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m facelab", description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--crop", action="store_true", help="take the whole picture as the face")
    parser.add_argument("--models", type=Path, default=home() / "models", help="folder of the networks")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Find every face in pictures and say which expression, gender and age are apparent.

In a terminal the answer is a table, in a pipe a line of JSON for each picture, as /predict answers it, with the file's
name as `file`. A file that cannot be analysed is named, the others are done, and the exit status is 1.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from facelab import __version__, terminal
from facelab.analyzer import Analyzer, load_own
from facelab.collection import Asked, analyse, attempted, collect
from facelab.errors import FacelabError, RequestError
from facelab.home import home
from facelab.images import quiet
from facelab.networks import chosen
from facelab.order import end_processes
from facelab.pictures import FILMS, Picture, Place, check_drawn, is_folder, pictures
from facelab.types import Analysis

EXAMPLES = """examples:
  facelab photo.jpg                                 a table
  facelab *.jpg | jq '.faces[].age.years'           a line of JSON for each picture
  facelab photos --out faces.csv                    a folder's pictures into a table, on all cores;
                                                    after a kill the same command goes on where it was
  facelab photos --out faces.parquet --draw drawn   and annotated copies into a folder
  facelab crops --crop --networks emotion           pictures that are faces already, one network
  facelab film.mp4 --out faces.csv --draw out.mp4 --chart chart.svg
                                                    a film: each face followed, in each frame
  facelab s3://bucket/photos --engine ray --out s3://bucket/faces
                                                    on many machines, into a folder of Parquet files
  facelab serve --bind 0.0.0.0:8000                 the page and the HTTP service; options are gunicorn's,
                                                    paths in them absolute

The columns of a table: python -m pydoc facelab.rows
"""


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["serve"]:
        serve(given[1:])
    options = _parser().parse_args(given)
    quiet()
    sys.stdout, sys.stderr = (stream or Path(os.devnull).open("w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    try:
        return _run(options)
    except BrokenPipeError:  # whoever read has seen enough, as in `facelab … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (FacelabError, OSError) as error:
        print(f"facelab: {terminal.plain(str(error))}", file=sys.stderr)
    except BrokenProcessPool:
        print("facelab: a process was killed, maybe for memory (see --jobs); the same command goes on", file=sys.stderr)
    except MemoryError:
        end_processes()
        print("facelab: memory is short (see --jobs)", file=sys.stderr)
    except KeyboardInterrupt:
        end_processes()
        print("facelab: ended", file=sys.stderr)
    return 2


def serve(arguments: Sequence[str]) -> NoReturn:
    """Become the service, with gunicorn's arguments."""
    settings = ["--chdir", str(home()), "--config", str(home() / "gunicorn.conf.py")]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *settings, *arguments, "app:create_app()"])  # noqa: S606


def _run(options: argparse.Namespace) -> int:
    asked = Asked(
        paths=tuple(options.paths),
        models=options.models,
        networks=options.networks,
        whole=options.crop,
        landmarks=options.landmarks,
        draw=options.draw,
    )
    if options.engine == "ray":
        return _ray(asked, options)
    _check_local(options)
    if any(path.suffix.lower() in FILMS and not is_folder(path) for path in options.paths):
        return _film(asked, options)
    if options.chart:
        raise RequestError("a film was expected for --chart, pictures came")
    if options.jobs and options.out is None:
        raise RequestError("--out was expected for --jobs, none came")
    with _left_out() as left_out:
        found = pictures(options.paths, options.draw, left_out)
    return _print(found, asked) if options.out is None else _collect(found, asked, options.out, _jobs(options))


def _check_local(options: argparse.Namespace) -> None:
    for place in (*options.paths, options.out, options.draw, options.chart):
        if isinstance(place, str):
            raise RequestError(f"a path of this machine was expected, {place} came, which takes --engine ray")
    made = [os.path.realpath(place) for place in (options.out, options.draw, options.chart) if place]
    if len(set(made)) < len(made):
        raise RequestError("different places were expected for --out, --draw and --chart, one came twice")
    if options.address:
        raise RequestError("--engine ray was expected for --address, none came")
    if options.landmarks and options.out is None:
        raise RequestError("--out was expected for --landmarks, none came")


@contextmanager
def _left_out() -> Iterator[Counter[str]]:
    """Counts what is left out, which is said also where nothing else is there."""
    left_out = Counter[str]()
    try:
        yield left_out
    finally:
        if +left_out:
            print(f"facelab: left out: {_said(+left_out)}", file=sys.stderr)


def _jobs(options: argparse.Namespace) -> int:
    return options.jobs or len(os.sched_getaffinity(0))


def _ray(asked: Asked, options: argparse.Namespace) -> int:
    _check_ray(options)
    from facelab import cluster, stores  # need the extra

    with _left_out() as left_out:
        found = stores.found(options.paths, left_out)
    with terminal.progress(len(found)) as watch:
        counts = cluster.collect(found, asked, options.out, jobs=options.jobs, address=options.address, watch=watch)
    print(f"{stores.named(str(options.out))}: {_said(asdict(counts))}", file=sys.stderr)
    return int(counts.bad_files > 0)


def _check_ray(options: argparse.Namespace) -> None:
    if options.draw or options.chart:
        raise RequestError(
            "a table alone was expected of --engine ray, --draw or --chart came: take some on one machine"
        )
    if any(str(path).lower().endswith(FILMS) for path in options.paths):
        raise RequestError("pictures were expected of --engine ray, a film came")
    if options.out is None or Path(options.out).suffix.lower() in (".csv", ".jsonl"):
        raise RequestError(f"a folder for Parquet files was expected as --out, {options.out or 'none'} came")
    if find_spec("ray") is None:
        raise RequestError("--engine ray takes Ray, which is missing: pip install '.[ray]' in facelab's clone")


def _film(asked: Asked, options: argparse.Namespace) -> int:
    _check_film(options)
    from facelab.film import Wanted, analyse_film  # needs the extra

    wanted = Wanted(table=options.out, drawn=options.draw, chart=options.chart)
    with terminal.film_progress() as watch:
        counts = analyse_film(options.paths[0], asked, wanted, _jobs(options), watch)
    print(f"{options.paths[0]}: {_said(asdict(counts))}", file=sys.stderr)
    if counts.damaged:
        print(f"facelab: a part of {options.paths[0]} is missing or could not be read", file=sys.stderr)
    return int(counts.damaged)


def _check_film(options: argparse.Namespace) -> None:
    if len(options.paths) > 1:
        raise RequestError(f"pictures or one film were expected, {len(options.paths)} paths with a film came")
    if not (options.out or options.draw or options.chart):
        raise RequestError("--out, --draw or --chart was expected for a film, none came")
    if find_spec("av") is None:
        raise RequestError("films take PyAV, which is missing: pip install '.[film]' in facelab's clone")


def _collect(found: Sequence[Picture], asked: Asked, table: Path, jobs: int) -> int:
    with terminal.progress(len(found)) as watch:
        counts = collect(found, asked, table, jobs, watch)
    print(f"{table}: {_said(asdict(counts))}", file=sys.stderr)
    return int(counts.bad_files > 0)


def _said(counts: Mapping[str, float]) -> str:
    return ", ".join(f"{what.replace('_', ' ')} {count:,}" for what, count in counts.items())


def _print(found: Sequence[Picture], asked: Asked) -> int:
    check_drawn(found)
    analyzer = load_own(asked.models)
    cards = chosen(analyzer.cards, asked.networks)
    if sys.stdout.isatty():
        answers: list[tuple[str, Analysis | str]] = []
        try:
            answers.extend(_answers(analyzer, terminal.watched(found), asked))
        finally:  # also what was answered before something ended it
            terminal.show(answers, cards)
        return int(any(isinstance(answer, str) for _, answer in answers))
    failed = False
    for name, answer in _answers(analyzer, found, asked):
        failed |= isinstance(answer, str)
        line = {"error": answer} if isinstance(answer, str) else answer.to_dict()
        plain = (sys.stdout.encoding or "utf-8").lower() != "utf-8"  # which cannot hold all names
        print(json.dumps({"file": name, **line}, ensure_ascii=plain), flush=True)
    return int(failed)


def _answers(analyzer: Analyzer, found: Iterable[Picture], asked: Asked) -> Iterator[tuple[str, Analysis | str]]:
    """Each picture's name with its analysis, or what was wrong with the file."""
    for picture in found:
        yield picture.name, attempted(partial(analyse, analyzer, picture, asked))


def _parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="facelab", description=__doc__, epilog=EXAMPLES, formatter_class=shape)
    parser.add_argument(
        "paths", nargs="+", type=_place, metavar="PATH", help="a picture, a folder of pictures, or one film"
    )
    parser.add_argument(
        "--out", type=_place, metavar="TABLE", help="write a table, a row a face: *.csv, *.jsonl, *.parquet"
    )
    parser.add_argument("--draw", type=_place, metavar="COPY", help="write annotated pictures into a folder, or a film")
    parser.add_argument("--chart", type=_place, help="draw a film's expressions over time: *.png, *.svg")
    parser.add_argument("--crop", action="store_true", help="take each whole picture as a face")
    parser.add_argument("--networks", type=_names, metavar="NAME,…", help="ask only these networks (default: all)")
    parser.add_argument("--landmarks", action="store_true", help="add the 68 landmarks to the table")
    parser.add_argument("--jobs", type=_count, metavar="NUMBER", help="pictures at once (default: one a core)")
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="ray: on the cores of a cluster; paths may be addresses (s3://…), TABLE is a folder of Parquet files",
    )
    parser.add_argument(
        "--address", help="of Ray's cluster (default: RAY_ADDRESS; if that is not set, this machine alone)"
    )
    parser.add_argument("--models", type=Path, default=home() / "models", help="folder of the networks")
    parser.add_argument("--version", action="version", version=f"facelab {__version__}")
    return parser


def _place(text: str) -> Place:
    if not text:
        raise argparse.ArgumentTypeError("a path was expected, nothing came")
    return text if "://" in text else Path(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number from 1 on was expected, {text} came")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())

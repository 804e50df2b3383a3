"""Many pictures into one table, on all cores. A run that was ended goes on where it was."""

import errno
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from facelab import draw, images, tables
from facelab.analyzer import Analyzer, load_own
from facelab.cards import read_card
from facelab.checkpoint import Checkpoint, checkpoint
from facelab.errors import FacelabError, OutputError
from facelab.networks import FINDER, chosen, load_networks
from facelab.order import in_order, processes
from facelab.pictures import Picture, Place, absolute, check_drawn, check_files
from facelab.rows import Row, columns, rows
from facelab.types import Analysis
from facelab.whole import check_new

# The machine's trouble or its share's, not a file's.
GONE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOTCONN, errno.ESTALE)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of the pictures that `paths` name, of the networks in the folder `models`."""

    paths: tuple[Place, ...]
    models: Path
    networks: tuple[str, ...] | None = None  # None: all
    whole: bool = False
    landmarks: bool = False
    draw: Path | None = None

    def cards(self) -> dict[str, Mapping[str, Any]]:
        """Those of the networks that are asked. Raises RequestError and ModelError."""
        return chosen({name: network.card for name, network in load_networks(self.models).items()}, self.networks)

    def marks(self, cards: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """What must be the same when a run goes on, as JSON knows it; of the networks their files' sums."""
        paths = [[str(path), str(absolute(path))] for path in self.paths]  # pictures are named by the former
        draw = self.draw and str(absolute(self.draw))
        seconds = {card["output"].get("second") for card in cards.values()} - {None}
        others = {name: read_card(self.models / f"{name}.json") for name in (FINDER, *seconds)}
        networks = {name: card["sha256"] for name, card in {**cards, **others}.items()}
        table = list(columns(cards, landmarks=self.landmarks))
        asked = {"paths": paths, "draw": draw, "models": networks, "networks": list(cards), "table": table}
        return {**asdict(self), **asked}


@dataclass(kw_only=True)
class Counts:
    """Of a table's pictures."""

    pictures: int = 0
    faces: int = 0
    without_a_face: int = 0
    bad_files: int = 0

    def add(self, row: Row) -> None:
        self.pictures += row.get("face", 1) == 1
        self.faces += "face" in row
        self.without_a_face += row.get("faces") == 0
        self.bad_files += "error" in row


def analyse(analyzer: Analyzer, picture: Picture, asked: Asked) -> Analysis:
    """A picture's analysis; draws it where that is wished. Raises FacelabError, OutputError among them, and OSError."""
    data = picture.file.read_bytes()
    analysis = analyzer(data, networks=asked.networks, whole=asked.whole)
    if picture.drawn:
        image = images.decode(data, max_bytes=images.OWN_BYTES, max_pixels=images.OWN_PIXELS)
        draw.save(draw.annotated(image, enumerate(analysis.faces, 1)), picture.drawn)
    return analysis


def collect(
    pictures: Sequence[Picture], asked: Asked, table: Path, jobs: int, watch: Callable[[int, list[Row]], None]
) -> Counts:
    """Write the table of all pictures. `watch` is told how many were done before, then of each its rows.

    Raises RequestError, ModelError, OutputError and OSError; BrokenProcessPool where a process was killed.
    """
    tables.check(table)
    check_files(pictures)
    cards = asked.cards()
    with checkpoint(table, asked.marks(cards)) as done:
        check_drawn(pictures, done.drawn)
        left = [picture for picture in pictures if picture.name not in done.done]
        if left:  # without any the table may be there: a kill came before the checkpoint was gone
            check_new(table)
        watch(len(pictures) - len(left), [])
        for picture, found in zip(left, _all_rows(_noted(left, done), asked, jobs), strict=True):
            done.add(picture.name, found)
            watch(1, found)
        counts = Counts()
        tables.write(shown(done.rows(), [counts.add]), columns(cards, landmarks=asked.landmarks), table)
        done.path.unlink()
    return counts


def _noted(pictures: Iterable[Picture], done: Checkpoint) -> Iterator[Picture]:
    """The same, and of each that is drawn a note before: what a kill leaves of its drawing is drawn anew."""
    for picture in pictures:
        if picture.drawn and picture.name in done.drawn:
            picture.drawn.unlink(missing_ok=True)
        elif picture.drawn:
            done.draw(picture.name)
        yield picture


def shown(rows: Iterable[Row], takers: Sequence[Callable[[Row], None]]) -> Iterator[Row]:
    """The same rows, each shown to the takers on its way."""
    for row in rows:
        for take in takers:
            take(row)
        yield row


def _all_rows(pictures: Iterable[Picture], asked: Asked, jobs: int) -> Iterator[list[Row]]:
    """The rows of each picture, in order."""
    pool = processes(jobs)
    try:
        for _, found in in_order(pool, partial(_rows, asked=asked), pictures, 8 * jobs):
            yield found
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _rows(picture: Picture, *, asked: Asked) -> list[Row]:
    analyzer = _analyzer(asked.models)  # whose errors are none of the picture's
    return told(picture.name, lambda: analyse(analyzer, picture, asked), landmarks=asked.landmarks)


def told(name: str, analysed: Callable[[], Analysis], *, landmarks: bool) -> list[Row]:
    """The rows of a picture; where it cannot be analysed, one that says why. Raises as `attempted` does."""
    answer = attempted(analysed)
    return [{"file": name, "error": answer}] if isinstance(answer, str) else rows(name, answer, landmarks=landmarks)


def attempted(analysed: Callable[[], Analysis]) -> Analysis | str:
    """A picture's analysis, or why there is none.

    Raises OutputError, and OSError and MemoryError where no picture could be read any more.
    """
    try:
        return analysed()
    except (OutputError, MemoryError):
        raise
    except (FacelabError, OSError) as error:
        if getattr(error, "errno", None) in GONE:
            raise
        return str(error)
    except Exception as error:  # one strange picture in a million ends no run
        return repr(error)


@cache
def _analyzer(models: Path) -> Analyzer:
    return load_own(models)

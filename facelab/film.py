"""A film into a table, an annotated film and a chart; faces are followed from frame to frame."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TypeAlias

from av.video.frame import VideoFrame

from facelab import chart, draw, tables, video
from facelab.analyzer import Analyzer, load_own
from facelab.collection import Asked, shown
from facelab.errors import RequestError
from facelab.following import Follower
from facelab.networks import chosen
from facelab.order import in_order
from facelab.pictures import Picture
from facelab.rows import Row, columns, rows
from facelab.types import Analysis, Image
from facelab.video import Film, opened, written
from facelab.whole import check_named, check_new, whole

EXPRESSION = "emotion"  # the network that a chart shows
Moment: TypeAlias = tuple[VideoFrame, Image, Analysis, list[int]]  # with the faces' numbers


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The files to write, which are new."""

    table: Path | None = None
    drawn: Path | None = None
    chart: Path | None = None

    def check(self) -> None:
        """Raises RequestError where one cannot be written, before any work is done."""
        if self.table:
            tables.check(self.table)
        if self.drawn:
            check_named(self.drawn, "a film", video.SUFFIXES)
        if self.chart:
            check_named(self.chart, "a chart", chart.SUFFIXES)
        for file in filter(None, (self.table, self.drawn, self.chart)):
            check_new(file)


@dataclass(kw_only=True)
class Counts:
    """Of a film: frames, faces in all of them, faces that were followed, packets that could not be decoded.

    `seconds`: how long its frames last; `missing_seconds`: those that it says it has and that are not there.
    """

    frames: int = 0
    faces: int = 0
    followed_faces: int = 0
    seconds: float = 0
    missing_seconds: float = 0
    damaged_packets: int = 0

    @property
    def damaged(self) -> bool:
        """Whether a part of the film is missing."""
        return self.damaged_packets > 0 or self.missing_seconds > 0

    def add(self, row: Row) -> None:
        self.frames = row["frame"] + 1
        if "face" in row:
            self.faces += 1
            self.followed_faces = max(self.followed_faces, row["track"])


def analyse_film(file: Path, asked: Asked, wanted: Wanted, jobs: int, watch: Callable[[float, float], None]) -> Counts:
    """Write what is wanted of a film. `watch` is told how much was read and how long the film is, in seconds.

    Raises RequestError, ModelError, FilmError and OSError.
    """
    wanted.check()
    analyzer = load_own(asked.models)
    cards = chosen(analyzer.cards, asked.networks)
    if wanted.chart and EXPRESSION not in cards:
        raise RequestError(f"--chart takes the network {EXPRESSION}, which was not asked")
    lines = chart.Chart(cards[EXPRESSION]) if wanted.chart else None
    counts = Counts()
    with opened(file) as film, ExitStack() as stack:
        # All are whole before the first one gets its name: the copy, which is closed then, the chart, the table.
        table, charted = (place and stack.enter_context(whole(place)) for place in (wanted.table, wanted.chart))
        moments = _moments(film, analyzer, asked, jobs)
        if wanted.drawn:
            moments = _drawn(moments, stack.enter_context(written(wanted.drawn, film.rate)))
        takers = [counts.add, lambda _: watch(film.shown, film.seconds), *([lines.add] if lines else [])]
        found = shown(_rows(moments, Picture(file=file).name, landmarks=asked.landmarks), takers)
        if table:
            tables.fill(found, columns(cards, landmarks=asked.landmarks, film=True), table)
        deque(found, maxlen=0)  # what no table has taken
        if lines and charted:
            lines.save(charted)
        counts.damaged_packets = film.damaged
        counts.seconds, counts.missing_seconds = round(film.shown, 3), round(film.missing, 3)
    return counts


def _moments(film: Film, analyzer: Analyzer, asked: Asked, jobs: int) -> Iterator[Moment]:
    follower = Follower(float(film.rate))

    def analyse(moment: tuple[VideoFrame, Image]) -> Analysis:
        return analyzer(moment[1], networks=asked.networks, whole=asked.whole)

    with ThreadPoolExecutor(jobs) as pool:
        for (frame, image), analysis in in_order(pool, analyse, film.frames(), 2 * jobs):
            yield frame, image, analysis, follower.follow([report.face.box for report in analysis.faces])


def _drawn(moments: Iterable[Moment], write: Callable[[VideoFrame, Image], None]) -> Iterator[Moment]:
    for frame, image, analysis, numbers in moments:
        write(frame, draw.annotated(image, zip(numbers, analysis.faces, strict=True)))
        yield frame, image, analysis, numbers


def _rows(moments: Iterable[Moment], name: str, *, landmarks: bool) -> Iterator[Row]:
    for place, (frame, _, analysis, numbers) in enumerate(moments):
        when = {"frame": place, "time": round(frame.time, 6)}
        for row, number in zip_longest(rows(name, analysis, landmarks=landmarks), numbers):
            yield {**row, **when, "track": number}

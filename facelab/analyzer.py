"""The pipeline: bytes → picture → faces → what each network says of them."""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent import futures  # loads threads only where they are used: not in a program that is at its end
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from facelab import features, images
from facelab.explain import explainable, explanation
from facelab.faces import FaceFinder, load_finder
from facelab.networks import Network, chosen, load_networks, predictions, with_seconds
from facelab.types import Analysis, Face, FaceReport, Image, Prediction


class Analyzer:
    """Analyses pictures, with networks loaded once. Safe in threads.

    `serving`: in a service a picture that is analysed alone has its networks asked at once, on all cores, of each face
    as soon as its landmarks are found. Elsewhere threads would not survive a fork, and where processes share the cores
    each should keep to one.
    """

    def __init__(
        self,
        finder: FaceFinder,
        networks: Mapping[str, Network],
        *,
        max_bytes: int = images.MAX_BYTES,
        max_pixels: int = images.MAX_PIXELS,
        serving: bool = False,
    ) -> None:
        self._finder, self._networks = finder, networks
        self._max_bytes, self._max_pixels = max_bytes, max_pixels
        self._lock = threading.Lock()
        self._running = 0  # analyses
        several = serving and len(os.sched_getaffinity(0)) > 1
        self._threads = futures.ThreadPoolExecutor(len(networks), "network") if several else None

    @property
    def cards(self) -> Mapping[str, Mapping[str, Any]]:
        """The networks' cards by name."""
        return {name: network.card for name, network in self._networks.items()}

    @property
    def finder(self) -> Mapping[str, Any] | None:
        """The card of what finds faces, None where that is no network."""
        return self._finder.card

    def __call__(
        self,
        data: bytes | Image,
        *,
        networks: Iterable[str] | None = None,
        whole: bool = False,
        explain: bool = False,
    ) -> Analysis:
        """What `networks` (None: all) say of every face in the picture, or of the `whole` picture as one.

        `data`: a file's bytes or the upright picture itself. `explain`: also what the network that takes HOG
        sees. Raises RequestError for a network that is not there, and ImageError's kinds.
        """
        asked = chosen(self._networks, networks)
        shown = explainable(asked) if explain else None
        picture = images.opened(data, max_bytes=self._max_bytes, max_pixels=self._max_pixels)
        with self._counted():
            watch = Stopwatch()
            image, size = images.loaded(picture)
            watch.lap("decode")
            found = [self._finder.whole(image)] if whole else self._finder.find(image)
            said = self._said(image, found, asked, watch)
            reports = tuple(FaceReport(face=size.full(face), predictions=its) for face, its in said)
            if shown:
                reports = tuple(
                    _explained(image, face, one, shown) for (face, _), one in zip(said, reports, strict=True)
                )
                watch.lap("explain")
            return Analysis(width=size.width, height=size.height, faces=reports, timing_ms=watch.laps())

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, step: int) -> None:
        with self._lock:
            self._running += step

    def _said(
        self, image: Image, faces: Iterable[Face], networks: Mapping[str, Network], watch: "Stopwatch"
    ) -> list[tuple[Face, dict[str, Prediction]]]:
        """Each face and what each network says of it."""
        run = self._threads.map if self._threads and self._running == 1 else map
        needed = with_seconds(networks, self._networks)
        asked = [(face, run(partial(_asked, image, face), needed.values())) for face in faces]
        watch.lap("find")
        said = []
        for face, found in asked:
            answers = {}
            for name, (answer, laps) in zip(needed, found, strict=True):
                answers[name] = answer
                watch.add(laps)
            said.append((face, predictions(networks, answers)))
        return said


class Stopwatch:
    """Adds up the milliseconds between laps under the stages they are called by."""

    def __init__(self) -> None:
        self._laps: dict[str, float] = {}
        self._start = self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._laps[stage] = self._laps.get(stage, 0.0) + 1000 * (now - self._last)
        self._last = now

    def add(self, laps: Mapping[str, float]) -> None:
        """Stages that another watch has measured, which ends the present lap."""
        for stage, lap in laps.items():
            if stage != "total":
                self._laps[stage] = self._laps.get(stage, 0.0) + lap
        self._last = time.perf_counter()

    def laps(self) -> dict[str, float]:
        """Every stage's time, and the `total`, which is less than all of them where some took place at once."""
        return {**self._laps, "total": 1000 * (self._last - self._start)}


def load_analyzer(
    models: Path,
    *,
    finder: str = "network",
    max_bytes: int = images.MAX_BYTES,
    max_pixels: int = images.MAX_PIXELS,
    serving: bool = False,
) -> Analyzer:
    """An analyzer with every network of a folder, and the finder `network` or `dlib`. Raises ModelError."""
    networks, finding = load_networks(models, at_once=serving), load_finder(models, finder)
    return Analyzer(finding, networks, max_bytes=max_bytes, max_pixels=max_pixels, serving=serving)


def load_own(models: Path) -> Analyzer:
    """The same for pictures on one's own disk, which may be larger than what a service takes from anyone."""
    return load_analyzer(models, max_bytes=images.OWN_BYTES, max_pixels=images.OWN_PIXELS)


def _asked(image: Image, face: Face, network: Network) -> tuple[features.Floats, dict[str, float]]:
    """What a network answers to a face, and how long that took."""
    watch = Stopwatch()
    views = features.views(image, face, network.card["inputs"])
    watch.lap("features")
    answer = network.answer(views)
    watch.lap(network.card["name"])
    return answer, watch.laps()


def _explained(image: Image, face: Face, report: FaceReport, network: Network) -> FaceReport:
    label = report.predictions[network.card["name"]].label
    return replace(report, explanation=explanation(image, face, network, label))

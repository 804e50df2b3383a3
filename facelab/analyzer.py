"""The pipeline: bytes → picture → faces → what each network says of them."""

import threading
import time
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from facelab import features, images
from facelab.explain import explainable, explanation
from facelab.faces import FaceFinder, load_finder
from facelab.networks import Network, chosen, load_networks
from facelab.types import Analysis, Face, FaceReport, Image, Size

LARGE = 4_000_000  # pixels


class Analyzer:
    """Analyses pictures, with networks loaded once. Safe in threads."""

    def __init__(
        self,
        finder: FaceFinder,
        networks: Mapping[str, Network],
        *,
        max_bytes: int = images.MAX_BYTES,
        max_pixels: int = images.MAX_PIXELS,
    ) -> None:
        self._finder, self._networks = finder, networks
        self._max_bytes, self._max_pixels = max_bytes, max_pixels
        self._large = threading.Lock()

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
        networks: Collection[str] | None = None,
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
        with self._turn(picture.width * picture.height):
            watch = Stopwatch()
            image, size = images.loaded(picture)
            watch.lap("decode")
            faces = [self._finder.whole(image)] if whole else self._finder.find(image)
            watch.lap("find")
            reports = tuple(_report(image, face, size, asked, shown, watch) for face in faces)
            return Analysis(width=size.width, height=size.height, faces=reports, timing_ms=watch.laps())

    def _turn(self, pixels: int) -> AbstractContextManager[object]:
        """Large pictures are analysed one after the other: each takes up to 250 MB meanwhile."""
        return self._large if pixels > LARGE else nullcontext()


class Stopwatch:
    """Adds up the milliseconds between laps under the stages they are called by."""

    def __init__(self) -> None:
        self._laps: dict[str, float] = {}
        self._start = self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._laps[stage] = self._laps.get(stage, 0.0) + 1000 * (now - self._last)
        self._last = now

    def laps(self) -> dict[str, float]:
        """Every stage's time, and the `total`."""
        return {**self._laps, "total": 1000 * (self._last - self._start)}


def load_analyzer(
    models: Path,
    *,
    finder: str = "network",
    max_bytes: int = images.MAX_BYTES,
    max_pixels: int = images.MAX_PIXELS,
) -> Analyzer:
    """An analyzer with every network of a folder, and the finder `network` or `dlib`. Raises ModelError."""
    networks = load_networks(models)
    return Analyzer(load_finder(models, finder), networks, max_bytes=max_bytes, max_pixels=max_pixels)


def load_own(models: Path) -> Analyzer:
    """The same for pictures on one's own disk, which may be larger than what a service takes from anyone."""
    return load_analyzer(models, max_bytes=images.OWN_BYTES, max_pixels=images.OWN_PIXELS)


def _report(
    image: Image, face: Face, size: Size, networks: Mapping[str, Network], shown: Network | None, watch: Stopwatch
) -> FaceReport:
    predictions = {}
    for name, network in networks.items():
        inputs = features.inputs(image, face, network.card["inputs"])
        watch.lap("features")
        predictions[name] = network.predict(inputs)
        watch.lap(name)
    if shown is None:
        return FaceReport(face=size.full(face), predictions=predictions)
    seen = explanation(image, face, shown, predictions[shown.card["name"]].label)
    watch.lap("explain")
    return FaceReport(face=size.full(face), predictions=predictions, explanation=seen)

"""How long each stage of an analysis takes, in this process."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from facelab.analyzer import Analyzer
from facelab.detectors import Detector, load_detector
from facelab.faces import FaceFinder
from facelab.networks import load_networks
from facelab.types import Detection, Image

WARM = 5  # analyses that are not counted


class Timed:
    """A detector that remembers how long its last call took, in milliseconds."""

    def __init__(self, detect: Detector) -> None:
        self.card, self._detect, self.last = detect.card, detect, 0.0

    def __call__(self, image: Image) -> list[Detection]:
        start = time.perf_counter()
        found = self._detect(image)
        self.last = 1000 * (time.perf_counter() - start)
        return found


class Bench:
    """facelab's analyzer, whose finding falls into `detect` and `landmarks`."""

    def __init__(self, models: Path) -> None:
        cv2.setNumThreads(1)  # as in the service
        self._detect, networks = Timed(load_detector(models)), load_networks(models, at_once=True)
        self._analyze = Analyzer(FaceFinder(self._detect), networks)
        self._service = Analyzer(FaceFinder(self._detect), networks, serving=True)

    def __call__(self, picture: bytes | Image) -> dict[str, float]:
        """Milliseconds by stage, one after the other; `whole`: as the service does all of them, up to JSON's dicts."""
        start = time.perf_counter()
        self._service(picture).to_dict()
        whole = 1000 * (time.perf_counter() - start)
        analysis = self._analyze(picture)
        laps = {stage: lap for stage, lap in analysis.timing_ms.items() if stage not in ("find", "total")}
        detect = self._detect.last
        return {**laps, "detect": detect, "landmarks": analysis.timing_ms["find"] - detect, "whole": whole}

    @property
    def cards(self) -> Mapping[str, Mapping[str, Any]]:
        """The networks' cards by name."""
        return self._analyze.cards

    def faces(self, picture: bytes) -> int:
        return len(self._analyze(picture).faces)


def stages(bench: Bench, picture: bytes | Image, seconds: float) -> dict[str, dict[str, float]]:
    """Median and 90th percentile by stage."""
    runs, end = [bench(picture) for _ in range(WARM)], time.perf_counter() + seconds
    del runs[:]
    while len(runs) < 2 or time.perf_counter() < end:
        runs.append(bench(picture))
    return {stage: spread([run[stage] for run in runs]) for stage in runs[0]}


def spread(milliseconds: list[float]) -> dict[str, float]:
    median, late = np.percentile(milliseconds, [50, 90]).round(2).tolist()
    return {"median_ms": median, "p90_ms": late}


def shares(laps: Mapping[str, Mapping[str, float]], needed: Mapping[str, int], peak: float) -> dict[str, float]:
    """What part of the peak each network reaches, from its operations and its median time."""
    return {name: round(1000 * needed[name] / laps[name]["median_ms"] / peak, 3) for name in needed if name in laps}

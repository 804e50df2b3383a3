"""A chart of what a network said over time, as PNG or SVG."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from facelab.errors import RequestError
from facelab.rows import Row

SUFFIXES = (".png", ".svg")
PANELS = 8  # at most, for the faces that are seen longest


def check(file: Path) -> None:
    """Raises RequestError where a chart is not named as one."""
    if file.suffix not in SUFFIXES:
        raise RequestError(f"a chart named *.png or *.svg was expected, {file} came")


class Chart:
    """A panel for each face that was followed, with a line for the score of each label of a network's card."""

    def __init__(self, card: Mapping[str, Any]) -> None:
        self._card = card
        self._times: dict[int, list[float]] = {}  # by the face's number
        self._scores: dict[int, list[list[float]]] = {}
        self._frames: dict[int, int] = {}  # where each was seen last

    def add(self, row: Row) -> None:
        """What a film's row says; see `facelab.rows`."""
        if "face" in row:
            scores = [row[f"{self._card['name']}_{label}"] for label in self._card["output"]["labels"]]
            times, lines = self._times.setdefault(row["track"], []), self._scores.setdefault(row["track"], [])
            last = self._frames.get(row["track"])
            if last is not None and row["frame"] > last + 1:  # a face that was away leaves a gap
                times.append(row["time"])
                lines.append([math.nan] * len(scores))
            times.append(row["time"])
            lines.append(scores)
            self._frames[row["track"]] = row["frame"]

    def save(self, file: Path) -> None:
        faces = sorted(sorted(self._times, key=lambda face: -len(self._times[face]))[:PANELS])
        figure = Figure(figsize=(10, 1 + 2 * max(1, len(faces))), layout="constrained")
        panels = figure.subplots(max(1, len(faces)), sharex=True, squeeze=False)[:, 0]
        for panel, face in zip(panels, faces, strict=False):
            lines = panel.plot(self._times[face], self._scores[face])
            panel.set(ylabel=f"face {face}", ylim=(-0.03, 1.03))
            if face == faces[0]:
                figure.legend(lines, self._card["output"]["labels"], loc="outside right upper")
        panels[0].set_title(self._card["title"])
        of = f"; the {PANELS} of {len(self._times)} faces seen longest" if len(self._times) > PANELS else ""
        panels[-1].set_xlabel(f"seconds{of}")
        with matplotlib.rc_context({"svg.fonttype": "none"}):  # letters stay letters
            figure.savefig(file)

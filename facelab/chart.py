"""A chart of what a network said over time, as PNG or SVG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from facelab.features import Floats
from facelab.rows import Row

SUFFIXES = (".png", ".svg")
PANELS = 8  # at most, for the faces that are seen longest
MOST_MARKS = 2000  # that an SVG holds of a line; more are pixels in it
DENSITY = 200  # pixels an inch
AWAY = 0.5  # seconds for which a face has to be away to leave a gap


class Chart:
    """A panel for each face that was followed, with a line for the score of each label of a network's card."""

    def __init__(self, card: Mapping[str, Any]) -> None:
        self._card = card
        self._moments: dict[int, list[tuple[int, float]]] = {}  # by the face's number: frames and seconds
        self._scores: dict[int, list[list[float]]] = {}

    def add(self, row: Row) -> None:
        """What a film's row says; see `facelab.rows`."""
        if "face" in row:
            scores = [row[f"{self._card['name']}_{label}"] for label in self._card["output"]["labels"]]
            self._moments.setdefault(row["track"], []).append((row["frame"], row["time"]))
            self._scores.setdefault(row["track"], []).append(scores)

    def save(self, file: Path) -> None:
        faces = sorted(sorted(self._scores, key=lambda face: -len(self._scores[face]))[:PANELS])
        figure = Figure(figsize=(10, 1 + 2 * max(1, len(faces))), layout="constrained")
        panels = figure.subplots(max(1, len(faces)), sharex=True, squeeze=False)[:, 0]
        for panel, face in zip(panels, faces, strict=False):
            times, scores = _broken(self._moments[face], self._scores[face])
            lines = panel.plot(times, scores, marker=".", markersize=2, rasterized=len(times) > MOST_MARKS)
            panel.set(ylabel=f"face {face}", ylim=(-0.03, 1.03))
            if face == faces[0]:
                figure.legend(lines, self._card["output"]["labels"], loc="outside right upper")
        panels[0].set_title(self._card["title"])
        of = f"; the {PANELS} of {len(self._scores)} faces seen longest" if len(self._scores) > PANELS else ""
        panels[-1].set_xlabel(f"seconds{of}")
        with matplotlib.rc_context({"svg.fonttype": "none"}):  # letters stay letters
            figure.savefig(file, dpi=DENSITY)


def _broken(moments: Sequence[tuple[int, float]], scores: Sequence[Sequence[float]]) -> tuple[Floats, Floats]:
    """A face's seconds and scores, with a score of NaN where it was away."""
    frames, times = np.array(moments, np.float32).T
    gaps = 1 + np.flatnonzero((np.diff(frames) > 1) & (np.diff(times) > AWAY))
    return np.insert(times, gaps, times[gaps]), np.insert(np.array(scores, np.float32), gaps, np.nan, axis=0)

"""The figures of a report, as SVG."""

import io
import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facelab.cards import by_number, wilson
from facelab.types import PARTS
from training import compare
from training.report.mistakes import FRAME, Mistake

CLOSED = ("left_eye", "right_eye", "outer_lip", "inner_lip")
COLUMNS = 4  # of faces
NOTHING = dict.fromkeys(("Creator", "Date", "Format", "Type"))  # of what matplotlib tells of itself


def svg(figure: Figure) -> str:
    """The same for the same figure; letters stay letters, and no address is in it but names of XML."""
    file = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "facelab"}):
        figure.savefig(file, format="svg", metadata=NOTHING)
    return file.getvalue()[file.getvalue().index("<svg") :]


def curves(history: Sequence[Mapping[str, float]]) -> Figure:
    """A panel for each figure of the training's history, with a line for what it learns from and one held back."""
    names = [name for name in history[0] if f"val_{name}" in history[0]]
    figure = Figure(figsize=(5 * len(names), 3.5), layout="constrained")
    epochs = [row["epoch"] + 1 for row in history]
    for panel, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        panel.plot(epochs, [row[name] for row in history], label="learnt from")
        panel.plot(epochs, [row[f"val_{name}"] for row in history], label="held back")
        panel.set(title=name.replace("_", " "), xlabel="epoch")
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.legend()
    return figure


def confusion(found: Mapping[str, Any]) -> Figure:
    """A row for each true label, a column for each answer and for faces not found; shades are shares of the row."""
    labels, counts = found["labels"], np.column_stack([found["counts"], found["missed"]])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(2 + 0.8 * counts.shape[1], 1.2 + 0.5 * counts.shape[0]), layout="constrained")
    panel = figure.subplots()
    panel.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1, edgecolors="white")
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        panel.text(column + 0.5, row + 0.5, f"{count}", ha="center", va="center", color=colour)
    panel.set_xticks(np.arange(counts.shape[1]) + 0.5, [*labels, "not found"], rotation=45, ha="right")
    panel.set_yticks(np.arange(counts.shape[0]) + 0.5, labels)
    panel.set(xlabel="answer", ylabel="true")
    panel.invert_yaxis()
    return figure


def reliability(bins: Sequence[Mapping[str, Any]]) -> Figure:
    """The share of right answers by score, with its 95 % interval, and below it how many faces have such a score."""
    figure = Figure(figsize=(4.5, 5), layout="constrained")
    above, below = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    scores, shares = ([one[key] for one in bins] for key in ("score", "accuracy"))
    spans = [wilson(one["accuracy"], one["faces"]) for one in bins]
    above.plot([0, 1], [0, 1], color="gray", linestyle="--")
    above.vlines(scores, *zip(*spans, strict=True))
    above.plot(scores, shares, "o")
    above.set(ylabel="share of right answers", xlim=(0, 1), ylim=(0, 1))
    below.bar(scores, [one["faces"] for one in bins], width=0.04)
    below.set(ylabel="faces", xlabel="score")
    return figure


def groups(found: Mapping[str, Mapping[str, Any]]) -> Figure:
    """A group's share of right answers on each line, with its 95 % interval."""
    names = by_number(found)
    figure = Figure(figsize=(6, 1 + 0.25 * len(names)), layout="constrained")
    panel, shares = figure.subplots(), [found[name]["accuracy"] for name in names]
    spans = [wilson(found[name]["accuracy"], found[name]["faces"]) for name in names]
    panel.hlines(range(len(names)), *zip(*spans, strict=True))
    panel.plot(shares, range(len(names)), "o")
    panel.set_yticks(range(len(names)), names)
    panel.set(xlabel="share of right answers", xlim=(0, 1))
    panel.grid(axis="x", alpha=0.4)
    panel.invert_yaxis()
    return figure


def costs(found: Mapping[compare.Run, Mapping[str, float]]) -> Figure:
    """A panel for each data set: a network's accuracy over its time, the same network at several sizes joined."""
    datasets = {key: title for key, title in compare.COLUMNS.items() if key.endswith("accuracy")}
    figure = Figure(figsize=(5 * len(datasets), 4.6), layout="constrained")
    for panel, (key, title) in zip(figure.subplots(1, len(datasets), squeeze=False)[0], datasets.items(), strict=True):
        for (network, start), same in groupby(compare.ordered(found), key=lambda run: (run.network, run.start)):
            runs = [run for run in same if key in found[run]]
            shares = [100 * found[run][key] for run in runs]
            panel.plot([found[run]["ms"] for run in runs], shares, "o-", label=f"{network} ({start})")
            for run, share in zip(runs, shares, strict=True) if len(runs) > 1 else ():
                panel.annotate(f"{run.side} px", (found[run]["ms"], share), xytext=(4, 4), textcoords="offset points")
        panel.set(title=title, xlabel="ms of a face on one core", ylabel="accuracy in per cent", xscale="log")
        panel.xaxis.set_major_formatter("{x:g}")
        panel.margins(0.12)
    figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def faces(mistakes: Sequence[Mistake]) -> Figure:
    """Each mistake's landmarks as lines, under what the data say and what was said."""
    rows = math.ceil(len(mistakes) / COLUMNS)
    figure = Figure(figsize=(2.4 * COLUMNS, 2.8 * rows), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for panel in panels:
        panel.set_axis_off()
    for panel, one in zip(panels, mistakes, strict=False):
        panel.set_title(f"{one.truth}\ntaken for {one.label}, {one.score:.2f}", fontsize="small")
        _face(panel, np.array(one.landmarks))
    return figure


def _face(panel: Axes, landmarks: Any) -> None:
    for name, part in PARTS.items():
        points = landmarks[part]
        points = np.vstack([points, points[:1]]) if name in CLOSED else points
        panel.plot(*points.T, color="black", linewidth=1)
    panel.set(xlim=(0, FRAME["size"]), ylim=(FRAME["size"], 0), aspect="equal")

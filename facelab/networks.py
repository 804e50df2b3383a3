"""Model files and the runtime: a card and its LiteRT file become a network that predicts.

The folder is the registry: each `NAME.json` in it is a card, with `NAME.tflite` beside it. What a card says
(the finder's differs in `inputs` and `output`, see `training.finder.export`):

- `inputs`: what the network sees of a face, see `facelab.features`
- `output`: `kind` "classes" with its `labels` (and, where the network answers a row of them for each of several
  truths, these `heads`), or "years" with `last` year and `ranges` (label: first and last year), and maybe a `second`
  network, whose answer ends with logits of the years, too: the mean of both counts, in which it has `second_share`;
  `temperature` that calibrates the scores (Guo et al. 2017, arXiv 1706.04599), and for years `interval_tail`, the
  probability left out on each side of the 80 % interval
- `training`: the recipe, and of weights that were made in several goes the `stages`
- `sha256` of the file; data, metrics, limits and licence for people to read
- `translations`: the title and those words in other languages
- `probe`: a bundled picture and the scores that it must give (the finder's: the boxes)
"""

import hashlib
import os
import queue
import timeit
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from facelab.cards import read_card
from facelab.errors import ModelError, RequestError
from facelab.features import Floats
from facelab.types import Prediction

FINDER = "finder"  # the one network that looks at pictures rather than at a face
Named = TypeVar("Named")


class Network:
    """A card and its loaded model. Safe in threads: an interpreter, which is not, is used by one at a time."""

    def __init__(self, card: Mapping[str, Any], model: bytes) -> None:
        self.card, self._model = card, model
        self._free: queue.LifoQueue[Any] = queue.LifoQueue()  # interpreters, the one with the warmest caches on top
        self.widen()

    def widen(self) -> None:
        """Let one more ask at the same time, for about as much memory as the file has bytes."""
        try:
            self._free.put(Interpreter(model_content=self._model, num_threads=1).get_signature_runner())
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"the model of {self.card['name']} cannot be loaded: {error}") from None

    def logits(self, inputs: Mapping[str, Floats]) -> Floats:
        """The raw answer (outputs,) to the arrays of one face, see `facelab.features.arrays`."""
        with self._interpreter() as run:
            (answer,) = run(**{name: array[None] for name, array in inputs.items()}).values()
            return np.array(answer[0], np.float32)

    def seconds(self) -> float:
        """How long an answer takes here: the least of a few."""
        with self._interpreter() as run:
            blank = {name: np.zeros(its["shape"], np.float32) for name, its in run.get_input_details().items()}
            return min(timeit.repeat(lambda: run(**blank), number=1, repeat=4))

    @contextmanager
    def _interpreter(self) -> Iterator[Any]:
        run = self._free.get()
        try:
            yield run
        finally:
            self._free.put(run)

    def answer(self, views: Sequence[Mapping[str, Floats]]) -> Floats:
        """The mean of the raw answers to a face's views, see `facelab.features.views`."""
        return np.mean([self.logits(view) for view in views], axis=0)


def load_networks(folder: Path, *, at_once: bool = False) -> dict[str, Network]:
    """Every network of a folder that judges a face, by name, which is every one but the finder.

    `at_once`: on several cores two can ask the slowest at the same time, for which faces would wait the longest.
    Raises ModelError where one is missing, damaged or none is there.
    """
    cards = sorted(card for card in folder.glob("*.json") if card.stem != FINDER)
    if not cards:
        raise ModelError(f"model cards (NAME.json) were expected in {folder}, none is there")
    networks = {network.card["name"]: network for network in map(load_network, cards)}
    with_seconds(networks, networks)  # are they there?
    if at_once and len(os.sched_getaffinity(0)) > 1:
        max(networks.values(), key=Network.seconds).widen()
    return networks


def chosen(networks: Mapping[str, Named], names: Iterable[str] | None) -> dict[str, Named]:
    """Those of some names (None: all), or of one, in their order. Raises RequestError for one that is not there."""
    if isinstance(names, str):
        names = (names,)
    asked = tuple(networks if names is None else names)
    for name in asked:
        if name not in networks:
            known = ", ".join(networks)
            raise RequestError(f"one or more of the networks {known} were expected, {name!r} came")
    return {name: networks[name] for name in asked}


def with_seconds(asked: Mapping[str, Network], networks: Mapping[str, Network]) -> dict[str, Network]:
    """Networks that are asked, and the second ones that judge with them. Raises ModelError where one is not there."""
    needed = dict(asked)
    for name, network in asked.items():
        if second := network.card["output"].get("second"):
            if second not in networks:
                raise ModelError(f"{name} needs the network {second}, which is not there")
            needed[second] = networks[second]
    return needed


def load_network(path: Path) -> Network:
    """The network of a card. Raises ModelError where it is missing or damaged."""
    card = read_card(path)
    try:
        model = path.with_suffix(".tflite").read_bytes()
    except OSError as error:
        raise ModelError(f"the model of the card {path} cannot be read: {error!r}") from None
    found, expected = hashlib.sha256(model).hexdigest(), card["sha256"]
    if found != expected:
        raise ModelError(f"{path.stem}.tflite does not fit its card: sha256 {expected} was expected, {found} came")
    return Network(card, model)


def calibrated(logits: Floats, output: Mapping[str, Any]) -> Floats:
    """The distribution over labels or years that logits (…, outputs) stand for, at the card's temperature.

    Of several heads, and of labels before years, the first are served.
    """
    served = logits[..., : len(output["labels"])] if output["kind"] == "classes" else logits
    scaled = served / output["temperature"]
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def predictions(asked: Mapping[str, Network], answers: Mapping[str, Floats]) -> dict[str, Prediction]:
    """What those that are asked say of a face, by the `answers` to it of these and of their second ones."""
    return {name: predicted(together(network.card, answers), network.card["output"]) for name, network in asked.items()}


def together(card: Mapping[str, Any], answers: Mapping[str, Floats]) -> Floats:
    """The logits (…, outputs) of a card's network that count: by the `answers` of all, its own, or the mean of both.

    The second's answer has others before those of the years. Raises ModelError where it has none of years.
    """
    own, output = answers[card["name"]], card["output"]
    if not (second := output.get("second")):
        return own
    its, share, years = answers[second], output["second_share"], own.shape[-1]
    if its.shape[-1] <= years:
        raise ModelError(f"logits of {years} years were expected after {second}'s own, none came")
    return np.asarray((1 - share) * own + share * its[..., -years:], np.float32)


def predicted(logits: Floats, output: Mapping[str, Any]) -> Prediction:
    """What logits (outputs,) say, at the card's temperature."""
    return prediction(calibrated(logits, output), output)


def prediction(probabilities: Floats, output: Mapping[str, Any]) -> Prediction:
    """What a distribution says in the words of a card's `output`."""
    scores = scores_of(probabilities, output)
    label = max(scores, key=lambda name: scores[name])
    best = Prediction(label=label, score=scores[label], scores=scores)
    if output["kind"] == "classes":
        return best
    years, interval = expected_years(probabilities), quantiles(probabilities, output["interval_tail"])
    return replace(best, years=years, interval=interval)


def scores_of(probabilities: Floats, output: Mapping[str, Any]) -> dict[str, float]:
    """The probability of each label."""
    if output["kind"] == "years":
        return range_scores(probabilities, output["ranges"])
    return dict(zip(output["labels"], probabilities.tolist(), strict=True))


def range_scores(probabilities: Floats, ranges: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """The probability of each range of years: sums of one distribution, which cannot contradict each other."""
    return {label: float(probabilities[first : last + 1].sum()) for label, (first, last) in ranges.items()}


def expected_years(probabilities: Floats) -> float:
    return float(probabilities @ np.arange(len(probabilities)))


def quantiles(probabilities: Floats, tail: float) -> tuple[float, float]:
    """The years below and above which `tail` of a distribution lies, in whole years' steps made continuous."""
    edges = np.arange(len(probabilities) + 1) - 0.5  # a year holds the half year before and after it
    below = np.concatenate([[0.0], np.cumsum(probabilities)])
    low, high = np.interp([tail, 1 - tail], below / below[-1], edges)
    return max(0.0, float(low)), float(high)

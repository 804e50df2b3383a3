"""The same service with the networks on TensorFlow's own runtime: what LiteRT saves.

The networks are those of `training`, with random weights: they take as long as trained ones. The finder
stays as it is, so that the same faces are seen.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask

import app
from facelab.analyzer import Analyzer
from facelab.faces import load_finder
from facelab.features import Floats
from facelab.networks import Network, load_networks


class TensorflowNetwork(Network):
    """A card and its network in Keras, compiled. Safe in threads."""

    def __init__(self, card: Mapping[str, Any]) -> None:
        import tensorflow

        from training.fit import build
        from training.tasks import task

        self.card = card
        model = build(task(card["name"]), None)
        self._call = tensorflow.function(lambda inputs: model(inputs, training=False))

    def logits(self, inputs: Mapping[str, Floats]) -> Floats:
        return np.asarray(self._call({name: array[None] for name, array in inputs.items()}))[0]


def create_app() -> Flask:
    models = Path(app.__file__).parent / "models"
    networks = {name: TensorflowNetwork(one.card) for name, one in load_networks(models).items()}
    return app.create_app(analyze=Analyzer(load_finder(models), networks, serving=True))

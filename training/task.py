"""What is known of a network that judges a face: all of it in one object, which a file of `training/tasks` holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from training.datasets import Dataset, DatasetError
from training.recipes import Recipe
from training.texts import Words

Weights: TypeAlias = Path | str | None  # a backbone's start: a file, "imagenet" for Keras' own, None for random ones


@dataclass(frozen=True, kw_only=True)
class Task:
    """A network. Its `name` is that of its file, of its card and of its answer.

    `label`: which of a sample's labels it learns; None: the ages, for an output of years.
    `datasets`: those it is measured on, each on the split that it holds back. The recipe's are among them.
    `network`: makes the Keras model, which takes pixels from 0 to 255 and answers logits in float32, of the recipe's
    `inputs`, the number of outputs and the start of a backbone if it has one.
    """

    name: str
    label: str | None
    words: Words
    datasets: Mapping[str, Dataset]
    recipe: Recipe
    network: Callable[[Mapping[str, Any], int, Weights], Any]

    @property
    def frame(self) -> Mapping[str, Any]:
        """How large its crop is, and where it has eyes and mouth; see facelab.features."""
        found: Mapping[str, Any] = self.recipe.inputs["frame"]
        return found

    def truth(self, name: str, labels: Mapping[str, str]) -> str:
        """The one of a sample's labels that it learns. Raises DatasetError where that is none of its own."""
        own, given = self.recipe.output["labels"], labels.get(self.label or "", "")
        if given not in own:
            raise DatasetError(f"{name}: one of the labels {', '.join(own)} was expected, {given!r} came")
        return given

"""The networks that judge a face. The folder is the registry: each file holds one, as `TASK`."""

import pkgutil
from importlib import import_module

from training.datasets import DATASETS, Dataset, DatasetError
from training.task import Task


def names() -> list[str]:
    """All there are; none is loaded, for that takes Keras."""
    return [module.name for module in pkgutil.iter_modules(__path__)]


def task(name: str) -> Task:
    """A network by its name.

    Raises DatasetError where there is none, where its file says another name, or where it is validated on what none of
    its data sets holds back.
    """
    if name not in names():
        raise DatasetError(f"one of the networks {', '.join(names())} was expected, {name!r} came")
    found: Task = import_module(f"{__name__}.{name}").TASK
    if found.name != name:
        raise DatasetError(f"{name}.py was expected to hold the network {name!r}, it holds {found.name!r}")
    held_back = [(dataset, source.held_back) for dataset, source in found.datasets.items()]
    if found.recipe.validation not in held_back:
        raise DatasetError(f"{name}: one of {held_back} was expected as validation, {found.recipe.validation} came")
    return found


def datasets() -> dict[str, Dataset]:
    """The data sets that are shared, and those that a network brings."""
    brought = [task(name).datasets.items() for name in names()]
    return {**DATASETS, **{name: dataset for items in brought for name, dataset in items}}


def dataset(name: str) -> Dataset:
    """A data set by its name. Raises DatasetError where there is none."""
    found = DATASETS.get(name) or datasets().get(name)
    if found is None:
        raise DatasetError(f"one of the data sets {', '.join(datasets())} was expected, {name!r} came")
    return found

"""Made data, made once."""

from collections.abc import Iterator
from pathlib import Path

import keras
import pytest

from tests.training import made


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.everything(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def no_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training is the same on every machine, however many cores it has."""
    monkeypatch.setattr("training.fit.helpers", lambda: 0)


@pytest.fixture
def precision() -> Iterator[None]:
    """A training leaves its own behind, which the tests that follow do not expect."""
    before = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(before)

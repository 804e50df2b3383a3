"""Made data, made once."""

from pathlib import Path

import pytest

from tests.training import made


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.everything(tmp_path_factory.mktemp("data"))

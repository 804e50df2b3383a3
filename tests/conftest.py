"""What more than one test file needs."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from fsspec.implementations.memory import MemoryFileSystem

from app import create_app
from tests.builders import FakeAnalyze


@pytest.fixture
def analyze() -> FakeAnalyze:
    return FakeAnalyze()


@pytest.fixture
def store() -> Iterator[MemoryFileSystem]:
    """The place memory://, empty."""
    yield MemoryFileSystem()
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture
def service(analyze: FakeAnalyze) -> Flask:
    """The service before a pretended pipeline, with small limits."""
    return create_app({"MAX_BYTES": 100_000, "MAX_PIXELS": 1_000_000}, analyze)


@pytest.fixture
def client(service: Flask) -> Iterator[FlaskClient]:
    with service.test_client() as client:
        yield client

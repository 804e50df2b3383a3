"""The factory: what it loads, from where, and which setting wins."""

from pathlib import Path

import pytest
from flask import Flask

import app
from app import create_app
from facelab.errors import ModelError
from tests.builders import FakeAnalyze


def test_importing_makes_nothing() -> None:
    assert not any(isinstance(thing, Flask) for thing in vars(app).values())


def test_settings_win_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert create_app(None, FakeAnalyze()).config["MAX_BYTES"] == 10_000_000
    monkeypatch.setenv("FACELAB_MAX_BYTES", "200000")
    monkeypatch.setenv("FACELAB_MAX_PIXELS", "300000")
    settings = create_app({"MAX_PIXELS": 5}, FakeAnalyze()).config
    assert (settings["MAX_BYTES"], settings["MAX_PIXELS"]) == (200_000, 5)


def test_models_come_from_the_folder_that_is_set(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        create_app({"MODELS": tmp_path / "nowhere"})


def test_a_body_may_be_larger_than_its_picture() -> None:
    """Base64, wrapped into lines of 76, takes 1.37 bytes for one."""
    settings = create_app({"MAX_BYTES": 1_000_000}, FakeAnalyze()).config
    assert 1_400_000 < settings["MAX_CONTENT_LENGTH"] < 1_600_000

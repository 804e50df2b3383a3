"""The training's command line where something is missing."""

import pytest

from training import tasks
from training.__main__ import main


def test_packages_that_are_missing_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(tasks, "task", lambda _: missing("keras"))
    assert main(["evaluate", "emotion"]) == 1
    assert "keras is missing: pip install -r requirements-train.txt" in capsys.readouterr().err
    monkeypatch.setattr(tasks, "task", lambda _: missing("training.lost"))
    with pytest.raises(ModuleNotFoundError):
        main(["evaluate", "emotion"])

"""The training's command line where something is missing, breaks or is ended."""

from pathlib import Path

import pytest

from training import prepare, tasks
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


@pytest.mark.parametrize(
    ("broken", "said"), [(OSError("the disk is full"), "the disk is full"), (KeyboardInterrupt(), "ended")]
)
def test_what_breaks_off_is_said(
    broken: BaseException, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaking(_: str) -> None:
        raise broken

    monkeypatch.setattr(tasks, "task", breaking)
    assert main(["evaluate", "emotion"]) == 1
    assert capsys.readouterr().err == f"training: {said}\n"


def test_a_folder_that_cannot_be_written_is_said_first(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "mapped", None)
    (tmp_path / "work").write_text("no folder")
    assert main(["prepare", "aaf", "--data", str(data), "--work", str(tmp_path / "work")]) == 1
    assert "Not a directory" in capsys.readouterr().err


def test_a_full_disk_leaves_what_was_prepared(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["prepare", "aaf", "--data", str(data), "--work", str(tmp_path)]
    assert main(command) == 0
    (tmp_path / "prepared" / "aaf" / "gender.npy").write_bytes(b"what teachers said")
    before = {file: file.read_bytes() for file in (tmp_path / "prepared" / "aaf").iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("numpy.save", full)
        assert main(command) == 1
    assert {file: file.read_bytes() for file in (tmp_path / "prepared" / "aaf").iterdir()} == before
    assert main(command) == 0
    names = {file.name for file in before} - {"gender.npy"}
    assert {file.name for file in (tmp_path / "prepared" / "aaf").iterdir()} == names

"""A network of one's own: one file in `training/tasks`, from raw data to facelab's answer, nothing else changed."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from PIL import Image as Pillow

from app import create_app
from facelab.analyzer import load_analyzer
from facelab.types import Image
from tests.builders import MODELS
from tests.training.made import portrait
from training import tasks
from training.__main__ import main
from training.datasets import DatasetError

FOLDER = Path(__file__).parent / "tasks"
SIDE = 300
BROWN = (90, 50, 30)
EYES = ((203, 101), (246, 103))  # of the astronaut, in the photograph's pixels


def with_glasses(number: int) -> Image:
    """The portrait of a number with brown rims about its eyes."""
    picture = portrait(number, SIDE)
    left, top = 110 + number % 7, 10 + number % 5
    places = [(round((x - left) * SIDE / 230), round((y - top) * SIDE / 230)) for x, y in EYES]
    for place in places:
        cv2.circle(picture, place, 22, BROWN, 6)
    cv2.line(picture, (places[0][0] + 22, places[0][1]), (places[1][0] - 22, places[1][1]), BROWN, 6)
    return picture


def drawn(data: Path) -> None:
    for split, numbers in (("train", range(40)), ("val", range(40, 52))):
        for label, draw in (("with", with_glasses), ("without", lambda number: portrait(number, SIDE))):
            folder = data / "Glasses" / split / label
            folder.mkdir(parents=True)
            for number in numbers:
                Pillow.fromarray(draw(number)).save(folder / f"{number}.jpg", quality=95)


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The file `glasses.py` stands in the registry."""
    monkeypatch.setattr(tasks, "__path__", [*tasks.__path__, str(FOLDER)])
    yield
    sys.modules.pop("training.tasks.glasses", None)


@pytest.mark.usefixtures("own")
def test_from_one_file_to_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, work, models = (tmp_path / name for name in ("data", "work", "models"))
    drawn(data)
    models.mkdir()
    for file in ("probe.jpg", "finder.json", "finder.tflite"):
        shutil.copy(MODELS / file, models)
    assert main(["prepare", "drawn", "--data", str(data), "--work", str(work)]) == 0
    assert main(["train", "glasses", "--work", str(work), "--precision", "float32"]) == 0
    assert main(["export", "glasses", "--data", str(data), "--work", str(work), "--models", str(models)]) == 0
    capsys.readouterr()

    assert main(["evaluate", "glasses", "--data", str(data), "--models", str(models), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"network": "glasses", "dataset": "drawn", "split": "val", "faces": 24, "missed": 0}.items() <= found.items()
    assert found["accuracy"] >= 0.8

    for number, label in ((3, "with"), (5, "without")):
        picture = data / "Glasses" / "train" / label / f"{number}.jpg"
        answer = load_analyzer(models)(picture.read_bytes()).faces[0].predictions
        assert answer["glasses"].label == label
        app = create_app({"MODELS": str(models)})
        served = app.test_client().post("/predict", data=picture.read_bytes(), content_type="image/jpeg")
        assert served.get_json()["faces"][0]["glasses"]["label"] == label


@pytest.mark.usefixtures("own")
def test_it_is_known_by_its_file_alone() -> None:
    assert tasks.names() == ["age", "emotion", "gender", "glasses"]
    assert list(tasks.datasets()) == ["fer2013", "aaf", "utkface", "fairface", "drawn"]


def test_a_file_that_says_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(FOLDER / "glasses.py", tmp_path / "spectacles.py")
    monkeypatch.setattr(tasks, "__path__", [*tasks.__path__, str(tmp_path)])
    with pytest.raises(DatasetError, match=r"spectacles.py was expected .* 'spectacles', it holds 'glasses'"):
        tasks.task("spectacles")
    sys.modules.pop("training.tasks.spectacles")
    with pytest.raises(DatasetError, match="age, emotion, gender, spectacles was expected, 'glasses' came"):
        tasks.task("glasses")


@pytest.mark.usefixtures("own")
def test_a_validation_that_nothing_holds_back(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tasks.task("glasses")
    other = replace(found, recipe=replace(found.recipe, validation=("drawn", "train")))
    monkeypatch.setattr("training.tasks.glasses.TASK", other)
    with pytest.raises(DatasetError, match=r"one of \[\('drawn', 'val'\)\] was expected as validation, .*'train'"):
        tasks.task("glasses")

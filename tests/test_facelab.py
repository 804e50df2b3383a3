"""facelab.analyze: what it takes, and that it loads its networks once."""

import io
import json
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from skimage.data import astronaut

import facelab


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("photos") / "astronaut.png"
    Pillow.fromarray(astronaut()).save(file)
    return file


def seen(picture: Any, **options: Any) -> list[dict[str, Any]]:
    faces: list[dict[str, Any]] = facelab.analyze(picture, **options).to_dict()["faces"]
    return faces


def test_path_bytes_and_array_are_the_same_picture(photo: Path) -> None:
    expected = seen(photo)
    assert len(expected) == 1
    pictures = [str(photo), photo.read_bytes(), astronaut(), np.asfortranarray(astronaut())]
    assert [seen(picture) for picture in pictures] == [expected] * 4


def test_a_mirrored_view_of_an_array() -> None:
    (face,) = seen(astronaut()[:, ::-1])
    assert face["box"]["left"] > 230


@pytest.mark.parametrize("asked", ["emotion", ["emotion"], (name for name in ["emotion"])])
def test_one_network_by_its_name_or_some_by_theirs(asked: str | Iterable[str]) -> None:
    assert list(facelab.analyze(astronaut(), networks=asked).faces[0].predictions) == ["emotion"]


def test_chosen_networks_and_a_whole_picture() -> None:
    (face,) = seen(astronaut()[60:180, 165:285], networks=["emotion"], whole=True)
    assert face["box"] == {"left": 0, "top": 0, "right": 120, "bottom": 120}
    assert "age" not in face


@pytest.mark.parametrize(
    ("picture", "error", "message"),
    [
        (np.zeros((9, 9, 3)), facelab.NotAnImage, r"float64 in \(9, 9, 3\) came"),
        (np.zeros((9, 9), np.uint8), facelab.NotAnImage, r"uint8 in \(9, 9\) came"),
        (np.zeros((9, 9, 4), np.uint8), facelab.NotAnImage, r"uint8 in \(9, 9, 4\) came"),
        (np.zeros((0, 9, 3), np.uint8), facelab.NotAnImage, r"uint8 in \(0, 9, 3\) came"),
        (np.zeros((1, 40_000, 3), np.uint8), facelab.ImageTooLarge, "40000×1 came"),
        (b"text", facelab.NotAnImage, "JPEG"),
        ("absent.jpg", FileNotFoundError, r"absent\.jpg"),
        ("http://localhost/a.jpg", FileNotFoundError, "http://localhost/a.jpg"),
        (None, TypeError, "a path, bytes or an array was expected, NoneType came"),
        (Pillow.new("RGB", (9, 9)), TypeError, "Image came"),
    ],
)
def test_what_is_no_picture(picture: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        facelab.analyze(picture)


def test_an_own_photograph_may_be_larger_than_a_service_takes() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (2000, 2000, 3), np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(noise).save(file, "PNG", compress_level=0)
    assert len(file.getvalue()) > 10_000_000
    assert facelab.analyze(file.getvalue(), networks=[]).width == 2000


def test_threads_share_one_analyzer(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask first, the networks are loaded once."""
    loaded: list[Path] = []

    def load(models: Path) -> Any:
        loaded.append(models)
        return lambda data, **_: data.decode()

    monkeypatch.setattr("facelab.analyzer.load_own", load)
    facelab._analyzer.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        answers: list[Any] = list(pool.map(facelab.analyze, [b"a"] * 8))
    facelab._analyzer.cache_clear()
    assert answers == ["a"] * 8
    assert len(loaded) == 1


def test_importing_loads_neither_networks_nor_their_libraries() -> None:
    code = "import facelab, json, sys; print(json.dumps(sorted(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert not {"cv2", "dlib", "ai_edge_litert", "skimage"} & set(json.loads(printed))

"""The whole pipeline with the shipped networks."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, current_thread

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps
from skimage.data import astronaut

from facelab.analyzer import Analyzer, load_analyzer
from facelab.detectors import load_detector
from facelab.errors import CorruptImage, ImageTooLarge, ModelError, NotAnImage, RequestError
from facelab.faces import FaceFinder, load_finder
from facelab.features import Floats
from facelab.types import Face, Image
from tests.builders import MODELS, encoded


@pytest.fixture(scope="module")
def analyze() -> Analyzer:
    return load_analyzer(MODELS)


def png(picture: Pillow.Image, exif: Pillow.Exif | None = None) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG", exif=exif)
    return stream.getvalue()


def portrait() -> Pillow.Image:
    return Pillow.fromarray(astronaut())


def test_the_answer(analyze: Analyzer) -> None:
    answer = analyze(png(portrait())).to_dict()
    assert (answer["width"], answer["height"]) == (512, 512)
    (face,) = answer["faces"]
    assert set(face) == {"box", "score", "landmarks", "emotion", "gender", "age"}
    assert analyze.finder is not None
    assert analyze.finder["output"]["threshold"] <= face["score"] <= 1
    assert face["box"]["left"] < 210 < 240 < face["box"]["right"]
    assert np.array(face["landmarks"]).shape == (68, 2)
    for name in ("emotion", "gender", "age"):
        said = face[name]
        assert said["score"] == said["scores"][said["label"]] == max(said["scores"].values())
        assert sum(said["scores"].values()) == pytest.approx(1, abs=1e-3)
    assert face["age"]["interval"][0] < face["age"]["years"] < face["age"]["interval"][1]
    assert list(answer["timing_ms"]) == ["decode", "find", "features", "age", "emotion", "gender", "total"]


def test_the_age_is_judged_by_two_networks_whatever_is_asked(analyze: Analyzer) -> None:
    picture = (MODELS / "probe.jpg").read_bytes()
    both, alone = analyze(picture).faces[0].predictions, analyze(picture, networks=["age"])
    assert alone.faces[0].predictions == {"age": both["age"]}
    assert {"age", "gender"} < set(alone.timing_ms)


def test_a_smile(analyze: Analyzer) -> None:
    (face,) = analyze(png(portrait())).faces
    assert face.predictions["emotion"].label == "happy"
    assert 20 < (face.predictions["age"].years or 0) < 60


def test_chosen_networks(analyze: Analyzer) -> None:
    answer = analyze(png(portrait()), networks=["age"])
    assert list(answer.faces[0].predictions) == ["age"]
    with pytest.raises(RequestError, match="emotion, gender"):
        analyze(png(portrait()), networks=["age", "height"])


@pytest.mark.parametrize("whole", [False, True])
def test_a_large_picture_keeps_its_own_coordinates(analyze: Analyzer, whole: bool) -> None:
    """Each pixel of a picture four times: what is analysed is the same, what is answered twice as large."""
    small = portrait().resize((2560, 2560))
    single, double = (analyze(png(small.resize((side, side), 0)), whole=whole) for side in (2560, 5120))
    assert (double.width, double.height) == (5120, 5120)
    for a, b in zip(single.faces, double.faces, strict=True):
        assert a.face.box.scaled(2) == b.face.box
        np.testing.assert_allclose(b.face.landmarks, 2 * np.array(a.face.landmarks) + 0.5)
        assert a.predictions == b.predictions


def test_whole_picture(analyze: Analyzer) -> None:
    crop = portrait().crop((165, 60, 285, 180))
    (face,) = analyze(png(crop), whole=True).faces
    assert (face.face.box.width, face.face.box.height) == (120, 120)
    assert face.predictions["emotion"].label == "happy"


def test_a_smile_is_seen_at_the_mouth(analyze: Analyzer) -> None:
    (face,) = analyze(png(portrait()), explain=True).faces
    assert face.explanation is not None
    heat = np.array(face.explanation.heat)
    assert heat.argmax() // heat.shape[1] >= 3  # in the lower half


def test_an_explained_call_costs_at_most_three_plain_ones(analyze: Analyzer) -> None:
    analyze(png(portrait()), explain=True)  # loads what skimage draws with
    timing = analyze(png(portrait()), explain=True).timing_ms
    assert timing["explain"] < 2 * (timing["total"] - timing["explain"])


def test_no_face(analyze: Analyzer) -> None:
    assert analyze(encoded()).to_dict()["faces"] == []


def test_coordinates_are_those_of_the_upright_picture(analyze: Analyzer) -> None:
    lying, exif = portrait().transpose(Pillow.Transpose.ROTATE_90), Pillow.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it upright
    upright = analyze(png(portrait()), networks=["emotion"]).to_dict()
    assert analyze(png(lying, exif), networks=["emotion"]).to_dict()["faces"] == upright["faces"]


def test_a_mirrored_picture_has_mirrored_coordinates(analyze: Analyzer) -> None:
    (face,) = analyze(png(portrait())).faces
    (mirrored,) = analyze(png(ImageOps.mirror(portrait()))).faces
    assert mirrored.face.box.left == pytest.approx(512 - face.face.box.right, abs=15)


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", NotAnImage), (b"text", NotAnImage), (encoded()[:-300], CorruptImage), (bytes(11_000_000), ImageTooLarge)],
)
def test_bad_pictures(analyze: Analyzer, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        analyze(data)


class Meeting:
    """A network that answers once as many as `barrier` counts are asked at once, and knows who asked."""

    def __init__(self, name: str, barrier: Barrier) -> None:
        inputs = {"frame": {"size": 8, "eyes": [[0.3, 0.4], [0.7, 0.4]], "mouth": [0.5, 0.8]}, "gray": False}
        output = {"kind": "classes", "labels": ["a", "b"], "temperature": 1.0}
        self.card = {"name": name, "inputs": inputs, "output": output}
        self._barrier, self.threads = barrier, set[str]()

    def answer(self, _views: object) -> Floats:
        self.threads.add(current_thread().name)
        self._barrier.wait(10)
        return np.zeros(2, np.float32)


def test_networks_are_asked_at_once() -> None:
    barrier = Barrier(2)
    networks = {name: Meeting(name, barrier) for name in ("one", "other")}
    analyze = Analyzer(load_finder(MODELS), networks, serving=True)  # type: ignore[arg-type]
    (face,) = analyze(png(portrait())).faces
    assert list(face.predictions) == ["one", "other"]


def test_a_face_is_asked_about_while_the_next_is_looked_for() -> None:
    class Waiting(FaceFinder):
        def find(self, image: Image) -> Iterator[Face]:
            for face in [*super().find(image)] * 2:
                yield face
                barrier.wait(10)

    barrier = Barrier(2)
    networks = {"one": Meeting("one", barrier)}
    analyze = Analyzer(Waiting(load_detector(MODELS, "network")), networks, serving=True)  # type: ignore[arg-type]
    assert len(analyze(png(portrait())).faces) == 2


def test_networks_are_asked_one_after_the_other_where_another_picture_is_analysed() -> None:
    networks = {name: Meeting(name, Barrier(1)) for name in ("one", "other")}
    analyze = Analyzer(load_finder(MODELS), networks, serving=True)  # type: ignore[arg-type]
    with analyze._counted():
        analyze(png(portrait()))
    assert networks["one"].threads == networks["other"].threads == {current_thread().name}
    analyze(png(portrait()))
    assert len(networks["one"].threads) == 2


def test_by_itself_an_analyzer_keeps_to_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else a fork would wait for ever for threads that it does not have."""
    networks = {name: Meeting(name, Barrier(1)) for name in ("one", "other")}
    Analyzer(load_finder(MODELS), networks)(png(portrait()))  # type: ignore[arg-type]
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    Analyzer(load_finder(MODELS), networks, serving=True)(png(portrait()))  # type: ignore[arg-type]
    assert networks["one"].threads == networks["other"].threads == {current_thread().name}


def test_threads(analyze: Analyzer) -> None:
    pictures = [png(portrait()), png(ImageOps.mirror(portrait())), encoded()] * 4

    def faces(data: bytes) -> object:
        return analyze(data).to_dict()["faces"]

    alone = [faces(data) for data in pictures]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(faces, pictures)) == alone


def test_missing_models(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        load_analyzer(tmp_path)

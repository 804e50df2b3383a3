"""Things to test with: drawn pictures, answers, a pretended pipeline."""

import io
import struct
import time
import zlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from skimage.data import astronaut

from facelab import images
from facelab.errors import RequestError
from facelab.types import Analysis, Box, Explanation, Face, FaceReport, Prediction
from training.datasets import Sample
from training.figures import Outcome, figures

MODELS = Path(__file__).parent.parent / "models"
CARDS: Mapping[str, dict[str, Any]] = {
    "emotion": {
        "name": "emotion",
        "title": "Apparent expression",
        "output": {"kind": "classes", "labels": ["happy", "angry"]},
        "limits": ["Trained on posed faces."],
        "translations": {"es": {"title": "Expresión aparente", "limits": ["Aprendió de rostros posados."]}},
        "metrics": {},
    },
    "age": {
        "name": "age",
        "title": "Apparent age",
        "output": {"kind": "years", "ranges": {"1-15": [1, 15], "16-25": [16, 25]}},
        "limits": ["Ages above 80 are rare in the data."],
        "metrics": {},
    },
}


def encoded(width: int = 64, height: int = 48, *, form: str = "JPEG", **options: Any) -> bytes:
    """A gray picture with a darker disc as a file of a given form."""
    picture = Pillow.radial_gradient("L").resize((width, height)).convert("RGB")
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def huge_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG whose header promises that size, in a few bytes: its rows end after 64 kB."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(65_536))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def face(left: float = 10, top: float = 10, right: float = 30, bottom: float = 35) -> Face:
    """A face whose landmarks are all in its middle."""
    middle = ((left + right) / 2, (top + bottom) / 2)
    return Face(box=Box(left=left, top=top, right=right, bottom=bottom), landmarks=(middle,) * 68, score=0.9)


def portraits(folder: Path, count: int) -> Path:
    """A new folder of pictures that differ: an astronaut, further left in each. The eighth is none, the ninth empty."""
    folder.mkdir()
    portrait = Pillow.fromarray(astronaut())
    for number in range(count):
        portrait.crop((100 + number, 20, 350 + number, 270)).save(folder / f"{number:02}.png")
    (folder / "07.png").write_text("no picture")
    Pillow.new("RGB", (90, 90)).save(folder / "08.png")
    return folder


def wait(ready: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.01)


def overlap(a: Box, b: Box) -> float:
    """The intersection of two boxes over their union."""
    return a.shared(b) / (a.area + b.area - a.shared(b))


PREDICTIONS = {
    "emotion": Prediction(label="happy", score=0.93, scores={"happy": 0.93, "angry": 0.07}),
    "age": Prediction(label="16-25", score=0.8, scores={"1-15": 0.2, "16-25": 0.8}, years=21.6, interval=(17.2, 27.9)),
}


def measured() -> dict[str, Any]:
    """Figures as training writes them in a card: 20 faces of two labels, one face missed."""
    said = [("happy", "happy", 0.95)] * 12 + [("happy", "angry", 0.55)] * 3 + [("angry", "angry", 0.7)] * 4
    sample = Sample(dataset="fer2013", name="x", splits=frozenset(["val"]), source=Path("x"))
    found = [Outcome(sample=sample, truth=truth, label=label, score=score) for truth, label, score in said]
    return figures([*found, Outcome(sample=sample, truth="angry")], ["angry", "happy"])


# A gray PNG of one pixel.
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
EXPLANATION = Explanation(crop=PIXEL, hog=PIXEL, heat=[[0.0, 0.4], [-0.1, 0.1]])


class FakeAnalyze:
    """Decodes as the real one does, then sees the same faces in every picture."""

    def __init__(self, *faces: Face, max_bytes: int = 100_000, max_pixels: int = 1_000_000) -> None:
        self.cards = CARDS
        self.finder: Mapping[str, Any] | None = None
        self.faces = faces or (face(),)
        self.limits = {"max_bytes": max_bytes, "max_pixels": max_pixels}
        self.calls: list[dict[str, Any]] = []

    def __call__(
        self, data: bytes, *, networks: Collection[str] | None = None, whole: bool = False, explain: bool = False
    ) -> Analysis:
        self.calls.append({"data": data, "networks": networks, "whole": whole, "explain": explain})
        names = set(self.cards) if networks is None else set(networks)
        if unknown := names - set(self.cards):
            raise RequestError(f"one of {', '.join(self.cards)} was expected, {', '.join(unknown)} came")
        height, width = images.decode(data, **self.limits).shape[:2]
        said = {name: prediction for name, prediction in PREDICTIONS.items() if name in names}
        seen = EXPLANATION if explain else None
        reports = tuple(FaceReport(face=face, predictions=said, explanation=seen) for face in self.faces)
        return Analysis(width=width, height=height, faces=reports, timing_ms={"total": 1.0})

"""The facts that flow through the house. Coordinates are pixels of the upright picture."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]  # (H, W, 3), RGB
Gray: TypeAlias = NDArray[np.uint8]  # (H, W)
Point: TypeAlias = tuple[float, float]  # x to the right, y down

# The 68 points of iBUG 300-W (Sagonas et al. 2013). Left and right are those of the picture.
PARTS: Mapping[str, slice] = {
    "jaw": slice(0, 17),
    "left_eyebrow": slice(17, 22),
    "right_eyebrow": slice(22, 27),
    "nose_bridge": slice(27, 31),
    "nose_tip": slice(31, 36),
    "left_eye": slice(36, 42),
    "right_eye": slice(42, 48),
    "outer_lip": slice(48, 60),
    "inner_lip": slice(60, 68),
}


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in pixels; it may reach beyond the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def inner(self, share: "Box") -> "Box":
        """The part whose sides `share` gives as shares of this box's width and height."""
        return Box(
            left=self.left + self.width * share.left,
            top=self.top + self.height * share.top,
            right=self.left + self.width * share.right,
            bottom=self.top + self.height * share.bottom,
        )

    def scaled(self, factor: float) -> "Box":
        return Box(
            left=self.left * factor,
            top=self.top * factor,
            right=self.right * factor,
            bottom=self.bottom * factor,
        )

    def shared(self, other: "Box") -> float:
        """The area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, width) * max(0, height)

    def shifted(self, x: float, y: float) -> "Box":
        return Box(left=self.left + x, top=self.top + y, right=self.right + x, bottom=self.bottom + y)


@dataclass(frozen=True, kw_only=True)
class Detection:
    """A face's box, and the square as dlib draws it, which the landmark predictor expects.

    `roll`: radians by which the square, like the head in it, is turned clockwise. `score`: see `Face`.
    """

    box: Box
    centre: Point
    side: float
    roll: float = 0.0
    score: float | None = None


@dataclass(frozen=True, kw_only=True)
class Face:
    """A face and its 68 landmarks. `whole`: the picture itself is the crop, as in FER2013.

    `score`: how sure the finder is that it is one, up to 1; None where nobody looked for it, or by other finders.
    """

    box: Box
    landmarks: tuple[Point, ...]
    whole: bool = False
    score: float | None = None


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of an upright picture in pixels, and how many times smaller a side is in what is analysed of it.

    `left`, `top`: where that begins in the picture, at -factor + 1 to 0: its first pixels may be of fewer.
    """

    width: int
    height: int
    factor: int = 1
    left: int = 0
    top: int = 0

    def full(self, face: Face) -> Face:
        """A face that was found in the smaller picture, in the pixels of the full one."""
        whole = Box(left=0, top=0, right=self.width, bottom=self.height)
        half = self.factor / 2 - 0.5  # the centre of a pixel at x lies at factor · (x + 0.5) - 0.5
        left, top = self.left + half, self.top + half
        landmarks = tuple((x * self.factor + left, y * self.factor + top) for x, y in face.landmarks)
        box = whole if face.whole else face.box.scaled(self.factor).shifted(self.left, self.top)
        return replace(face, box=box, landmarks=landmarks)


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The most probable label, its probability and those of all labels.

    Age alone has `years`, the expected age, and `interval`, which holds the age four times in five.
    """

    label: str
    score: float
    scores: Mapping[str, float]
    years: float | None = None
    interval: tuple[float, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "label": self.label,
            "score": round(self.score, 4),
            "scores": {label: round(score, 4) for label, score in self.scores.items()},
        }
        if self.years is not None and self.interval is not None:
            answer["years"] = round(self.years, 1)
            answer["interval"] = [round(edge, 1) for edge in self.interval]
        return answer


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What the network that takes HOG sees of a face, and where its label comes from.

    `crop` and `hog` are data URLs of PNG; `heat` is rows of how much the label's log-odds fall without a cell.
    """

    crop: str
    hog: str
    heat: list[list[float]]


@dataclass(frozen=True, kw_only=True)
class FaceReport:
    """A face and what each network said of it, by the network's name; if asked for, what one saw of it.

    In pixels of the upright picture; landmarks are in the order of iBUG 300-W: jaw, brows, nose, eyes, mouth.
    """

    face: Face
    predictions: Mapping[str, Prediction]
    explanation: Explanation | None = None

    def to_dict(self) -> dict[str, Any]:
        box, score = self.face.box, self.face.score
        return {
            "box": {side: round(getattr(box, side), 1) for side in ("left", "top", "right", "bottom")},
            **({} if score is None else {"score": round(score, 4)}),
            "landmarks": [[round(x, 1), round(y, 1)] for x, y in self.face.landmarks],
            **{name: prediction.to_dict() for name, prediction in self.predictions.items()},
            **({"explain": asdict(self.explanation)} if self.explanation else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """All faces of a picture of `width` × `height` pixels, largest first, and the time of each stage.

    Networks may be asked at once: then the `total` is less than all stages together.
    """

    width: int
    height: int
    faces: tuple[FaceReport, ...]
    timing_ms: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON knows it: plain numbers, lists and dicts."""
        return {
            "width": self.width,
            "height": self.height,
            "faces": [report.to_dict() for report in self.faces],
            "timing_ms": {stage: round(time, 1) for stage, time in self.timing_ms.items()},
        }


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why there is no answer (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Analyze(Protocol):
    """What `facelab.analyzer.Analyzer` is to those who only ask it."""

    @property
    def cards(self) -> Mapping[str, Mapping[str, Any]]: ...

    @property
    def finder(self) -> Mapping[str, Any] | None: ...

    def __call__(
        self, data: bytes, *, networks: Collection[str] | None = None, whole: bool = False, explain: bool = False
    ) -> Analysis: ...


def all_cards(analyze: Analyze) -> dict[str, Mapping[str, Any]]:
    """The cards by name, the finder's last where it is a network."""
    finder = analyze.finder
    return {**analyze.cards, **({finder["name"]: finder} if finder else {})}

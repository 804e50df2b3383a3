"""One row a face: the flat facts of an analysis, for tables.

| column | meaning |
| --- | --- |
| `file` | the picture's path, as it was named or found |
| `width`, `height` | pixels of the upright picture |
| `faces` | how many faces were found in it |
| `frame`, `time` | of a film: the frame's number from 0, and its presentation time in seconds |
| `track` | of a film: the number under which the face is followed from frame to frame, from 1 |
| `face` | the face's number in the picture, 1 for the largest |
| `left`, `top`, `right`, `bottom` | the face's box in pixels; it may reach beyond the picture |
| `score` | how sure the finder is that it is a face, up to 1; empty where the picture was taken as one |
| `emotion`, `gender`, `age` | for each network: its label, |
| `emotion_score`, … | the label's probability, |
| `emotion_happy`, … | and that of every label |
| `age_years`, `age_low`, `age_high` | the expected age, and the years between which it lies four times in five |
| `x_0` … `x_67`, `y_0` … `y_67` | if asked for: the landmarks in pixels, in the order of iBUG 300-W |
| `error` | what was wrong with the file |

Every picture and every frame of a film has a row: one without a face has a row with 0 `faces`, a bad file has a
row with an `error`, and what they do not have is empty there.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from facelab.cards import labels_of
from facelab.types import Analysis

Row: TypeAlias = dict[str, Any]
Columns: TypeAlias = dict[str, type]  # a column's type: str, int or float

PICTURE: Columns = {"file": str, "width": int, "height": int, "faces": int}
FILM: Columns = {"frame": int, "time": float, "track": int}
FACE: Columns = {"face": int, "left": float, "top": float, "right": float, "bottom": float, "score": float}
YEARS = ("years", "low", "high")
POINTS = 68


def columns(cards: Mapping[str, Mapping[str, Any]], *, landmarks: bool, film: bool = False) -> Columns:
    """The columns of a table of pictures, or of a film's frames, in order."""
    said: Columns = {}
    for name, card in cards.items():
        said |= {name: str, **{f"{name}_{part}": float for part in _parts(card["output"])}}
    points: Columns = {f"{axis}_{number}": float for axis in "xy" for number in range(POINTS)} if landmarks else {}
    return {**PICTURE, **(FILM if film else {}), **FACE, **said, **points, "error": str}


def rows(name: str, analysis: Analysis, *, landmarks: bool) -> list[Row]:
    """The rows of a picture: one for each face, or one that says there is none."""
    picture = {"file": name, "width": analysis.width, "height": analysis.height, "faces": len(analysis.faces)}
    faces = enumerate((report.to_dict() for report in analysis.faces), 1)
    return [{**picture, "face": number, **flat(face, landmarks=landmarks)} for number, face in faces] or [picture]


def flat(face: Mapping[str, Any], *, landmarks: bool) -> Row:
    """A face's box and score, what each network said and, if asked for, its landmarks, from `FaceReport.to_dict`."""
    row: Row = {**face["box"], **({"score": face["score"]} if "score" in face else {})}
    for name, said in face.items():
        if name not in ("box", "landmarks", "score"):
            row |= _said(name, said)
    if landmarks:
        for number, (x, y) in enumerate(face["landmarks"]):
            row |= {f"x_{number}": x, f"y_{number}": y}
    return row


def _said(name: str, said: Mapping[str, Any]) -> Row:
    row = {name: said["label"], f"{name}_score": said["score"]}
    row |= {f"{name}_{label}": score for label, score in said["scores"].items()}
    if "years" in said:
        row |= {f"{name}_{part}": years for part, years in zip(YEARS, (said["years"], *said["interval"]), strict=True)}
    return row


def _parts(output: Mapping[str, Any]) -> list[str]:
    return ["score", *labels_of(output), *(YEARS if output["kind"] == "years" else ())]

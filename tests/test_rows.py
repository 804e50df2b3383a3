"""An analysis as rows: the columns are those that are promised, whatever the networks say."""

import pytest

from facelab import rows
from facelab.home import home
from facelab.networks import load_networks
from facelab.types import Analysis, FaceReport
from tests.builders import CARDS, PREDICTIONS, face


def analysis(*lefts: float) -> Analysis:
    reports = tuple(FaceReport(face=face(left=left), predictions=PREDICTIONS) for left in lefts)
    return Analysis(width=64, height=48, faces=reports, timing_ms={})


def test_a_row_a_face() -> None:
    first, second = rows.rows("a.jpg", analysis(10, 12), landmarks=False)
    assert first == {
        "file": "a.jpg",
        "width": 64,
        "height": 48,
        "faces": 2,
        "face": 1,
        "left": 10,
        "top": 10,
        "right": 30,
        "bottom": 35,
        "score": 0.9,
        "emotion": "happy",
        "emotion_score": 0.93,
        "emotion_happy": 0.93,
        "emotion_angry": 0.07,
        "age": "16-25",
        "age_score": 0.8,
        "age_1-15": 0.2,
        "age_16-25": 0.8,
        "age_years": 21.6,
        "age_low": 17.2,
        "age_high": 27.9,
    }
    assert (second["face"], second["left"]) == (2, 12)


def test_a_picture_without_a_face_has_a_row() -> None:
    assert rows.rows("a.jpg", analysis(), landmarks=True) == [{"file": "a.jpg", "width": 64, "height": 48, "faces": 0}]


@pytest.mark.parametrize("landmarks", [False, True])
def test_columns_are_the_rows_in_their_order(landmarks: bool) -> None:
    (row,) = rows.rows("a.jpg", analysis(10), landmarks=landmarks)
    columns = rows.columns(CARDS, landmarks=landmarks)
    assert set(columns) == {*row, "error"}
    assert row["score"] == 0.9
    assert all(type(row[name]) in (kind, int) for name, kind in columns.items() if name in row)
    assert ("y_67" in columns) == landmarks


def test_every_column_is_documented() -> None:
    cards = {name: network.card for name, network in load_networks(home() / "models").items()}
    names = {"file", "width", "faces", "time", "track", "left", "error", *cards, "emotion_happy", "age_years", "y_67"}
    assert names <= set(rows.columns(cards, landmarks=True, film=True))
    assert rows.__doc__ is not None
    assert all(f"`{name}`" in rows.__doc__ for name in names)

"""The reports: pages that are whole by themselves, of cards, histories, experiments and mistakes."""

import base64
import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.builders import MODELS
from training.__main__ import main
from training.report.charts import COLUMNS, faces, svg
from training.report.mistakes import SHOWN, Mistake, saved
from training.report.write import history, sums

SECTIONS = (  # of Mitchell et al. 2019
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations, caveats and recommendations",
)
COMPARED = """\
network,task,start,side,aaf_accuracy,aaf_mae_years,utkface_accuracy,utkface_mae_years,fairface_accuracy,ms,mb
MobileNet V2,gender,random,80,0.7133,,0.7,,0.6,2.2,2.6
Inception V3,gender,random,80,0.9,,0.8,,0.7,2.3,22.0
Inception V3,gender,random,112,0.9,,0.8,,0.7,3.9,22.0
"""
NAMES = ("age", "emotion", "finder", "gender")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    work = tmp_path_factory.mktemp("work")
    (work / "emotion").mkdir()
    (work / "emotion" / "history.csv").write_text("epoch,loss,val_loss,rate\n0,2,3,9\n1,1,2,9\n")
    (work / "emotion" / "model.keras").touch()
    (work / "gender").mkdir()
    (work / "gender" / "history.csv").write_text("epoch,loss\n0,2\n")  # of a training that has not ended
    (work / "age").mkdir()
    (work / "age" / "mistakes.json").write_text('{"sha256": "another network", "mistakes": [{}]}')
    (work / "ablate").mkdir()
    (work / "ablate" / "runs.csv").write_text("expressions,inputs,normalised,seed,accuracy\n5,image,True,1,0.7125\n")
    (work / "compare").mkdir()
    (work / "compare" / "runs.csv").write_text(COMPARED)
    (work / "reports").mkdir()
    for number in (4, 5, 6):  # as a former report left them
        (work / "reports" / f"emotion-{number}.svg").write_text("former")
    assert main(["report", "--work", str(work), "--models", str(MODELS)]) == 0
    assert main(["report", "emotion", "--work", str(work), "--models", str(MODELS), "--data", str(data)]) == 0
    return work / "reports"


def pictures(page: str) -> list[str]:
    return [base64.b64decode(found).decode() for found in re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_the_sections_of_model_cards(out: Path, name: str) -> None:
    page = (out / f"{name}.html").read_text()
    assert tuple(re.findall(r"<h2>(.*?)</h2>", page)) == SECTIONS
    for limit in json.loads((MODELS / f"{name}.json").read_text())["limits"]:
        assert limit in page.replace("&#39;", "'")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_without_a_network(out: Path, name: str) -> None:
    page = (out / f"{name}.html").read_text()
    for text in (page, *pictures(page)):
        found = re.sub(r"http://www\.w3\.org/(2000/svg|1999/xlink)", "", text)
        assert re.findall(r"https?:|//[a-z]|@import|<script|<link", found) == []
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []


def test_figures_lie_beside_the_page(out: Path) -> None:
    files = sorted(out.glob("emotion-*.svg"))
    assert [file.read_text() for file in files] == pictures((out / "emotion.html").read_text())
    assert len(files) == 4  # training, confusion, calibration, mistakes
    for file in files:
        assert ElementTree.fromstring(file.read_text()).tag.endswith("svg")  # noqa: S314  # made here


def test_figures_say_what_the_files_say(out: Path) -> None:
    page = (out / "emotion.html").read_text()
    training, confusion, calibration, _ = pictures(page)
    card = json.loads((MODELS / "emotion.json").read_text())
    ((split, found),) = card["metrics"].items()
    assert all(f">{text}<" in training for text in ("loss", "epoch", "learnt from", "held back"))
    assert "rate" not in training
    for count in (count for row in found["confusion"]["counts"] for count in row):
        assert f">{count}<" in confusion
    assert "share of right answers" in calibration
    assert f"{100 * found['accuracy']:.1f} %" in page
    assert split in page
    assert "<td>71.2</td>" in page  # the ablation's run
    assert "71.2" not in (out / "gender.html").read_text()


def test_the_comparison_stands_where_its_task_is(out: Path) -> None:
    page = (out / "gender.html").read_text()
    cells = "<td>random</td><td>80</td><td>71.3</td><td>70.0</td><td>60.0</td><td>2.2</td><td>2.6</td>"
    assert f'<th scope="row">MobileNet V2</th>{cells}' in page
    drawn = pictures(page)[-1]
    assert all(text in drawn for text in ("MobileNet V2 (random)", "Inception V3 (random)", "aaf val", "fairface dev"))
    assert drawn.count(">80 px<") == drawn.count(">112 px<") == 3  # in each panel, where a network has two sizes
    assert "Networks of the field, trained alike <small>all that learnt from random weights" in page
    for other in ("age", "emotion", "finder"):
        assert "MobileNet V2" not in (out / f"{other}.html").read_text()


def test_groups_have_their_intervals(out: Path) -> None:
    page = (out / "gender.html").read_text()
    found = json.loads((MODELS / "gender.json").read_text())["metrics"]["utkface val"]["accuracy_by_race"]["Black"]
    row = re.search(r'<th scope="row">Black</th>.*?</tr>', page)
    assert row
    assert f"{100 * found['accuracy']:.1f} %" in row[0]
    low, high = map(float, re.findall(r"<td>(\d+\.\d)–(\d+\.\d)</td>", row[0])[0])
    assert low < 100 * found["accuracy"] < high
    assert "Recall" in (out / "finder.html").read_text()


def test_mistakes_are_landmarks_of_wrong_answers(out: Path) -> None:
    file = out.parent / "emotion" / "mistakes.json"
    found = saved(file, json.loads((MODELS / "emotion.json").read_text())["sha256"])
    assert 0 < len(found) <= SHOWN
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert one.label != one.truth
        assert len(one.landmarks) == 68
    assert set(json.loads(file.read_text())["mistakes"][0]) == {"truth", "label", "score", "landmarks"}
    assert f"taken for {found[0].label}, {found[0].score:.2f}" in pictures((out / "emotion.html").read_text())[-1]


def test_no_figure_is_of_another_network(out: Path) -> None:
    titles = [re.findall(r"<figcaption>(.*?)</figcaption>", (out / f"{name}.html").read_text()) for name in NAMES]
    assert ["Training" in " ".join(found) for found in titles] == [name == "emotion" for name in NAMES]
    assert ["mistakes" in " ".join(found) for found in titles] == [name == "emotion" for name in NAMES]


def test_a_face_is_lines() -> None:
    mistake = Mistake(truth="sad", label="happy", score=0.9, landmarks=[[float(place), 50.0] for place in range(68)])
    picture = svg(faces([mistake] * (COLUMNS + 1)))
    assert picture == svg(faces([mistake] * (COLUMNS + 1)))
    assert picture.count("taken for happy, 0.90") == COLUMNS + 1
    assert "<image" not in picture


def test_the_history_is_the_last_runs(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    assert history(file) == []
    file.write_text("epoch,loss\n0,9\n1,8\n2,7\n0,3\n1,2\n1,1\n")  # a run, another, cut and gone on
    assert history(file) == [{"epoch": 0, "loss": 3}, {"epoch": 1, "loss": 1}]


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(MODELS / "age.json", tmp_path)
    assert main(["report", "gender", "--models", str(tmp_path), "--work", str(tmp_path)]) == 1
    assert f"cards of gender were expected in {tmp_path}" in capsys.readouterr().err
    (tmp_path / "gender.json").write_text('{"name": "gend')
    for command in (["report", "gender", "--work", str(tmp_path)], ["reword"]):
        assert main([*command, "--models", str(tmp_path)]) == 1
        assert f"the card {tmp_path / 'gender.json'} cannot be read" in capsys.readouterr().err
    assert main(["report", "age", "--models", str(MODELS), "--work", str(tmp_path), "--data", str(tmp_path)]) == 1
    assert "original images was expected" in capsys.readouterr().err


def test_mistakes_are_of_both_networks_that_judge() -> None:
    cards = {name: json.loads((MODELS / f"{name}.json").read_text()) for name in ("age", "gender")}
    share = cards["age"]["output"]["second_share"]
    assert sums(cards["age"], MODELS) == f"{cards['age']['sha256']} {cards['gender']['sha256']} {share}"
    assert sums(cards["gender"], MODELS) == cards["gender"]["sha256"]

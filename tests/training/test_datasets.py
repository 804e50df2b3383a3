"""The four layouts become samples with the right labels."""

import logging
import shutil
from pathlib import Path

import pytest

from tests.training import made
from training import tasks
from training.datasets import DATASETS, DatasetError, Sample, in_tenth, load, loaded, majority, of_split, read


@pytest.mark.parametrize(("dataset", "count"), [("fer2013", 32), ("aaf", 6), ("utkface", 20), ("fairface", 29)])
def test_every_sample_is_read(data: Path, dataset: str, count: int) -> None:
    samples = read(dataset, data)
    assert len(samples) == count
    assert load(samples[0]).shape[2] == 3


def test_fer2013(data: Path) -> None:
    sample = read("fer2013", data)[3]
    assert sample.labels == {"emotion": "happy"}
    assert sample.votes == (0, 0, 0, 10, 0, 0, 0, 0, 0, 0)
    assert sample.splits == {"Training"}
    assert load(sample).shape == (48, 48, 3)


@pytest.mark.parametrize(("rows", "message"), [(None, "fer2013new.csv was expected"), (20, "of 32, 19 came")])
def test_fer2013_is_nothing_without_its_votes(rows: int | None, message: str, data: Path, tmp_path: Path) -> None:
    shutil.copy(data / "fer2013.csv", tmp_path)
    if rows:
        lines = (data / "fer2013new.csv").read_text().splitlines(keepends=True)
        (tmp_path / "fer2013new.csv").write_text("".join(lines[:rows]))
    with pytest.raises(DatasetError, match=message):
        read("fer2013", tmp_path)


def test_a_damaged_row_is_named_and_left_out(data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name, row, damaged in (("fer2013new.csv", 2, "Training,,1,2\n"), ("fer2013.csv", 3, "0,300 1,Training\n")):
        lines = (data / name).read_text().splitlines(keepends=True)
        (tmp_path / name).write_text("".join([*lines[:row], damaged, *lines[row + 1 :]]))
    found = read("fer2013", tmp_path)
    assert [sample.name for sample in found[:2]] == ["fer0000000", "fer0000002"]
    assert [sample.name for sample, _ in loaded(found[:3])] == ["fer0000000", "fer0000003"]
    assert "row 1 left out" in caplog.text
    assert "fer0000002 left out" in caplog.text


@pytest.mark.parametrize(
    ("votes", "label"),
    [
        ((1, 6, 0, 0, 2, 0, 0, 1, 0, 0), "happy"),
        ((4, 4, 0, 0, 0, 0, 0, 2, 0, 0), None),  # two are first
        ((3, 0, 0, 0, 0, 0, 0, 4, 3, 0), None),  # contempt
        ((0, 0, 0, 0, 0, 0, 0, 0, 0, 10), None),  # no face
        (None, None),
    ],
)
def test_majority(votes: tuple[int, ...] | None, label: str | None) -> None:
    sample = Sample(dataset="fer2013", name="x", splits=frozenset(), source="", votes=votes)
    assert majority(sample) == label


def test_aaf(data: Path) -> None:
    samples = {sample.name: sample for sample in read("aaf", data)}
    assert samples["00001A15.jpg"].labels["gender"] == "male"
    assert samples["00002A25.jpg"].ages == (25, 25)
    assert samples["00005A55.jpg"].splits == {"val"}
    assert not samples["00005A55.jpg"].tight


def test_utkface_counts_genders_the_other_way_round(data: Path) -> None:
    samples = {sample.name: sample for sample in read("utkface", data)}
    assert samples["1_0_0_201701000.jpg.chip.jpg"].labels["gender"] == "male"
    asian = samples["36_1_2_201701007.jpg.chip.jpg"]
    assert (asian.labels["gender"], asian.ages, asian.race) == ("female", (36, 36), "Asian")


def test_fairface_has_ranges(data: Path) -> None:
    samples = {sample.name: sample for sample in read("fairface", data)}
    assert samples["train/8.jpg"].ages == (70, 100)
    assert samples["train/9.jpg"].ages == (0, 2)
    assert samples["train/9.jpg"].labels["gender"] == "female"


def test_splits_are_a_partition(data: Path) -> None:
    for dataset, one, other in (("utkface", "train", "val"), ("fairface", "train", "dev"), ("aaf", "train", "val")):
        samples = read(dataset, data)
        assert all(len(sample.splits & {one, other}) == 1 for sample in samples)
    assert len(of_split(read("utkface", data), "all")) == 20


def test_the_tenth_is_the_same_everywhere() -> None:
    held = [number for number in range(60) if in_tenth(f"train/{number}.jpg")]
    assert held == [31, 40, 47]


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_missing_folder_says_what_was_looked_for(tmp_path: Path, dataset: str) -> None:
    with pytest.raises(DatasetError, match=str(tmp_path)):
        read(dataset, tmp_path)


def test_unknown_names(data: Path) -> None:
    with pytest.raises(DatasetError, match="fer2013, aaf, utkface, fairface was expected, 'imagenet' came"):
        tasks.dataset("imagenet")
    with pytest.raises(DatasetError, match="PublicTest, Training"):
        of_split(read("fer2013", data), "PrivateTest")


def test_unreadable_rows_are_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made.everything(tmp_path)
    with (tmp_path / "fer2013.csv").open("a") as file:
        file.write("9,1 2 3,Training\n3,1 2 3,Training\n3,1 2 3\n3\n")
    with (tmp_path / "fer2013new.csv").open("a") as file:
        file.write(4 * f"Training,,{','.join('0' * 10)}\n")
    (tmp_path / "UTKFace" / "strange.jpg").write_text("")
    with (tmp_path / "All-Age-Faces Dataset" / "image sets" / "val.txt").open("ab") as file:
        file.write(b"nonsense\n\xe9\n99999A10.jpg 0\n")
    with (tmp_path / "FairFace" / "fairface_label_train.csv").open("a") as file:
        file.write("train/99.jpg,old,Male,Black,TRUE\n")
    with caplog.at_level(logging.WARNING):
        counts = {dataset: len(list(loaded(read(dataset, tmp_path)))) for dataset in DATASETS}
    assert counts == {"fer2013": 32, "aaf": 6, "utkface": 20, "fairface": 29}
    for name in ("row 32", "row 34", "row 35", "fer0000033", "strange.jpg", "nonsense", "99999A10.jpg", "train/99.jpg"):
        assert name in caplog.text

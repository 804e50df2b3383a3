"""Each picture is in one shard, whatever happens between two runs."""

from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from pyarrow import dataset

from facelab.errors import RequestError
from facelab.rows import Columns, Row
from facelab.shards import planned, rows_of, written
from facelab.stores import Folder, Found

OUT = "memory://faces"
ASKED = {"networks": ["age"], "whole": False}
COLUMNS: Columns = {"file": str, "faces": int, "face": int, "left": float, "error": str}


def pictures(*numbers: int) -> list[Found]:
    return [Found(name=f"{number}.jpg", file=f"/photos/{number}.jpg".encode()) for number in numbers]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("count", "workers", "sizes"),
    [
        (1, 2, [1]),
        (40, 2, [2] * 20),
        (41, 2, [2] * 20 + [1]),
        (2500, 1, [312] * 8 + [4]),
        (20_000, 2, [1000] * 20),
    ],
)
def test_sizes(count: int, workers: int, sizes: list[int]) -> None:
    found = pictures(*range(count))
    shards = planned(OUT, found, ASKED, workers)
    assert [len(shard.pictures) for shard in shards] == sizes
    assert [picture for shard in shards for picture in shard.pictures] == found
    assert [shard.name for shard in shards] == [f"part-000-{number:05}.parquet" for number in range(len(sizes))]


@pytest.mark.usefixtures("store")
def test_a_run_that_goes_on_has_the_same_shards_and_new_ones_for_new_pictures() -> None:
    first = planned(OUT, pictures(*range(10, 30)), ASKED, workers=1)
    assert planned(OUT, pictures(*range(10, 30)), ASKED, workers=9) == first
    second = planned(OUT, pictures(*range(12, 33)), ASKED, workers=1)
    assert second[: len(first)] == first
    assert [shard.name for shard in second[len(first) :]] == [f"part-001-{number:05}.parquet" for number in range(3)]
    assert [picture for shard in second for picture in shard.pictures] == pictures(*range(10, 33))
    assert planned(OUT, [], ASKED, workers=1) == second


@pytest.mark.usefixtures("store")
def test_names_that_are_no_utf8() -> None:
    found = [Found(name="\\xff.jpg", file=b"/\xff.jpg")]
    assert planned(OUT, found, ASKED, 1) == planned(OUT, found, ASKED, 1)
    assert planned(OUT, [], ASKED, 1)[0].pictures == found


@pytest.mark.usefixtures("store")
def test_other_options() -> None:
    planned(OUT, pictures(1), ASKED, 1)
    with pytest.raises(RequestError, match="begun with other options"):
        planned(OUT, pictures(1), {**ASKED, "whole": True}, 1)


def test_a_folder_of_others(store: MemoryFileSystem) -> None:
    store.pipe("/faces/there.txt", b"")
    with pytest.raises(RequestError, match="memory://faces has other files"):
        planned(OUT, pictures(1), ASKED, 1)


def test_readers_of_parquet_folders_see_the_rows_alone(tmp_path: Path) -> None:
    rows: list[Row] = [{"file": "a.jpg", "faces": 1, "face": 1, "left": -0.5}, {"file": "b.jpg", "error": "no picture"}]
    (shard,) = planned(tmp_path / "faces", pictures(1), ASKED, 1)
    Folder(tmp_path / "faces").write(shard.name, written(rows, COLUMNS))
    assert rows_of((tmp_path / "faces" / shard.name).read_bytes()) == rows
    assert dataset.dataset(tmp_path / "faces").to_table().to_pylist() == [
        {name: row.get(name) for name in COLUMNS} for row in rows
    ]


@pytest.mark.usefixtures("store")
def test_a_list_has_its_number_however_many_there_are() -> None:
    (first,) = planned(OUT, pictures(0), ASKED, 1)
    folder = Folder(OUT)
    for number in (101, 1000):
        folder.write(f"_facelab/pictures-{number:03}.parquet", folder.read("_facelab/pictures-000.parquet"))
    numbers = [shard.name.split("-")[1] for shard in planned(OUT, first.pictures, ASKED, 1)]
    assert numbers == ["000", "101", "1000"]

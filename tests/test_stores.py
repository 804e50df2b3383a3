"""Pictures are found and read at any place; a file is there only once it is whole."""

import io
import os
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from fsspec import register_implementation
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.utils import infer_storage_options

from facelab.errors import ClusterError, RequestError
from facelab.stores import OURS, Folder, found, read

FILES = ("b/2.JPG", "a.png", ".hidden.png", "b/.hidden/3.png", "text.txt")


def test_an_address(store: MemoryFileSystem) -> None:
    store.pipe({f"/photos/{name}": name.encode() for name in FILES})
    pictures = found(["memory://photos"])
    assert [picture.name for picture in pictures] == ["memory:///photos/a.png", "memory:///photos/b/2.JPG"]
    assert [read(picture.file) for picture in pictures] == [b"a.png", b"b/2.JPG"]


def test_what_is_left_out_is_counted(store: MemoryFileSystem) -> None:
    store.pipe({f"/photos/{name}": b"" for name in (*FILES, "film.MP4", "b/phone.heic")})
    found(["memory://photos"], left_out := Counter[str]())
    assert left_out == {"films": 1, "pictures of other formats": 1, "other files": 1}


def test_one_picture_that_is_named_twice(store: MemoryFileSystem) -> None:
    store.pipe("/photos/picture", b"any name")
    (picture,) = found(["memory://photos/picture", "memory://photos/picture"])
    assert read(picture.file) == b"any name"


def test_an_archive_in_a_store(store: MemoryFileSystem) -> None:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        archive.writestr("inside/a.jpg", b"zipped")
    store.pipe("/photos.zip", file.getvalue())
    (picture,) = found(["zip://::memory://photos.zip"])
    assert picture.name == "zip://inside/a.jpg::memory://photos.zip"
    assert read(picture.file) == b"zipped"


class Server(MemoryFileSystem):  # type: ignore[misc]  # fsspec comes without types
    """A store that is on a machine, to which a user has a password; paths know of neither."""

    protocol = "server"

    def __init__(self, host: str = "", **options: object) -> None:
        super().__init__(**options)
        self._host = host

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return f"/{infer_storage_options(path)['path'].strip('/')}".rstrip("/")

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, object]:
        options = infer_storage_options(path)
        return {name: options[name] for name in ("host", "port", "username", "password") if name in options}

    def cat_file(self, path: str, **options: object) -> bytes:
        if self._host != "host":
            raise ConnectionError(f"a host was expected, {self._host or 'none'} came")
        return super().cat_file(path, **options)


@pytest.mark.parametrize("place", ["user:s:e@cret@host:22/photos", "host:22/photos/", "host", "host/photos/b/2.JPG"])
def test_an_address_with_a_user_and_a_host(store: MemoryFileSystem, place: str) -> None:
    """They stay in the names, but for the password, which a table shall not have."""
    register_implementation("server", Server, clobber=True)
    store.pipe({f"/photos/{name}": name.encode() for name in FILES})
    pictures = found([f"server://{place}"])
    below = place.replace(":s:e@cret", "").partition("/")[0] + "/photos"
    expected = ["b/2.JPG"] if place.endswith("JPG") else ["a.png", "b/2.JPG"]
    assert [picture.name for picture in pictures] == [f"server://{below}/{name}" for name in expected]
    assert [read(picture.file).decode() for picture in pictures] == expected


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("zip://a.jpg::ftp://user:secret@host/a.zip", "zip://a.jpg::ftp://user@host/a.zip"),
        ("gist://:token@id/a.jpg", "gist://@id/a.jpg"),
        ("github://org:repo@main/a.jpg", "github://org:repo@main/a.jpg"),
        ("git://repo:main@a.jpg", "git://repo:main@a.jpg"),
        ("hdfs://host:8020/a:b@c.jpg", "hdfs://host:8020/a:b@c.jpg"),
    ],
)
def test_no_password_is_told(address: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facelab.stores.url_to_fs", lambda _: 1 / 0)
    with pytest.raises(ClusterError) as error:
        read(address.encode())
    assert f"{name} cannot be read now" in str(error.value)


def test_places_of_both_kinds(store: MemoryFileSystem, tmp_path: Path) -> None:
    """A path that is not there is a bad file, as on one machine, what is left out of a folder counted."""
    store.pipe("/a.jpg", b"there")
    for name in ("b.jpg", "notes.txt"):
        (tmp_path / name).write_text("here")
    left_out = Counter[str]()
    pictures = found(["memory://a.jpg", tmp_path / "absent.jpg", tmp_path], left_out)
    assert [picture.name for picture in pictures] == [f"{tmp_path}/absent.jpg", f"{tmp_path}/b.jpg", "memory:///a.jpg"]
    assert +left_out == {"other files": 1}


@pytest.mark.parametrize("name", [b"a::b.jpg", b"a:b.jpg", b"\xff.jpg", b"~.jpg", b"*.jpg"])
def test_paths_of_this_machine_are_named_as_on_one_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("photos", os.fsdecode(name))
    file.parent.mkdir()
    file.write_bytes(b"here")
    (picture,) = found([Path("photos")])
    monkeypatch.chdir("/")
    assert read(picture.file) == b"here"
    assert picture.name == f"photos/{name.decode('utf-8', 'backslashreplace')}"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("memory://empty", "none is there"),
        ("nothing://photos", "a place that fsspec reads was expected, nothing://photos came: Protocol not known"),
        ("nothing://user:secret@host", "nothing://user@host came"),
        ("zip://::memory://absent.zip", "absent.zip"),
    ],
)
def test_a_place_without_pictures(store: MemoryFileSystem, address: str, message: str) -> None:
    assert not store.store
    with pytest.raises(RequestError, match=message):
        found([address])


def test_what_is_missing_differs_from_what_is_away(store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError):
        read(b"memory://absent.jpg")
    store.pipe("/a.jpg", b"")
    monkeypatch.setattr(MemoryFileSystem, "cat_file", lambda *_: 1 / 0)
    with pytest.raises(ClusterError, match=r"memory://a\.jpg cannot be read now: ZeroDivisionError"):
        read(b"memory://a.jpg")


@pytest.fixture(params=["memory", "here"])
def folder(request: pytest.FixtureRequest, store: MemoryFileSystem, tmp_path: Path) -> Folder:
    assert not store.store
    return Folder("memory://out" if request.param == "memory" else tmp_path / "out")


def test_a_folder(folder: Folder) -> None:
    assert folder.names() == folder.names(OURS) == []
    folder.write("b", b"first")
    folder.write("b", b"second")
    folder.write("a", b"other")
    folder.write(f"{OURS}/c", b"ours")
    assert (folder.names(), folder.names(OURS)) == (["a", "b"], ["c"])
    assert folder.read("b") == b"second"
    assert [folder.has(name) for name in ("a", "c")] == [True, False]


@pytest.mark.parametrize(
    ("method", "ask"),
    [
        ("makedirs", lambda _: Folder("memory://user:secret@other")),
        ("find", Folder.names),
        ("exists", lambda folder: folder.has("a")),
        ("cat_file", lambda folder: folder.read("a")),
        ("pipe_file", lambda folder: folder.write("a", b"")),
        ("mv", lambda folder: folder.write("a", b"")),
    ],
)
def test_a_folder_whose_store_fails(
    store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch, method: str, ask: Callable[[Folder], object]
) -> None:
    folder = Folder("memory://out")
    monkeypatch.setattr(type(store), method, lambda *_, **__: 1 / 0)
    with pytest.raises(ClusterError, match=r"memory://.* cannot be read or written now: ZeroDivisionError") as error:
        ask(folder)
    assert "secret" not in str(error.value)


def test_a_file_that_breaks_off_is_not_there(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(path: str, data: bytes) -> None:
        whole(path, data[:1])
        raise KeyboardInterrupt

    whole = folder._store.pipe_file
    monkeypatch.setattr(folder._store, "pipe_file", half)
    with pytest.raises(KeyboardInterrupt):
        folder.write("a", b"whole")
    assert folder.names() == []
    assert not folder.has("a")

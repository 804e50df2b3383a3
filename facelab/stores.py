"""Pictures and files at any place that fsspec reads: this machine, s3://…, gs://…, hdfs://…"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from fsspec.core import url_to_fs

from facelab.errors import ClusterError, RequestError
from facelab.pictures import SUFFIXES, Place, absolute, check_files, kind, pictures

PASSWORD = re.compile(r"(?<!\bgit)(?<!\bgithub)(://[^/:]*):[^/]*@")  # with Git a repository's name stands there
OURS = "_facelab"  # a folder that those who read a folder of Parquet files pass over, for its first letter


@dataclass(frozen=True, kw_only=True)
class Found:
    """A picture at some place. `name`: as in a table, without a password; `file`: an absolute path, or an address."""

    name: str
    file: bytes


def found(places: Iterable[Place], left_out: Counter[str] | None = None) -> list[Found]:
    """The pictures that places name, those of this machine first, sorted below each, each once.

    Of this machine they are as `facelab.pictures` finds them. What is left out is counted in `left_out` by its kind, as
    it does. Raises as it does, and RequestError where an address has none or cannot be listed.
    """
    left_out, places = Counter() if left_out is None else left_out, list(places)
    own = [place for place in places if isinstance(place, Path)]
    here = pictures(own, left_out=left_out) if own else []
    check_files(here)
    there = (file for place in places if isinstance(place, str) for file in _addressed(place, left_out))
    both = [
        *(Found(name=picture.name, file=os.fsencode(picture.file.absolute())) for picture in here),
        *(Found(name=named(file), file=file.encode()) for file in there),
    ]
    return list(dict.fromkeys(both))


def read(file: bytes) -> bytes:
    """A file's bytes. Raises OSError where it is missing, ClusterError where its store fails or lets nobody in."""
    if file.startswith(b"/"):
        return Path(os.fsdecode(file)).read_bytes()
    name = named(file.decode())
    try:
        store, path = url_to_fs(file.decode())
        return store.cat_file(path)
    except (FileNotFoundError, IsADirectoryError):  # which may tell the whole address
        raise FileNotFoundError(f"a file was expected, {name} is none") from None
    except Exception as error:  # each store has errors of its own
        raise ClusterError(f"{name} cannot be read now: {error!r}") from error


class Folder:
    """A folder at any place. A file that is written there is moved to its name when it is whole.

    Where a store has no move, that is a copy, which is there at once and whole, too. Its methods raise ClusterError
    where the store fails or lets nobody in.
    """

    def __init__(self, place: Place) -> None:
        """Makes the folder. Raises RequestError where there is no such place."""
        self._address = str(absolute(place))
        self._store, self._path = _opened(self._address)
        with self._asked():
            self._store.makedirs(f"{self._path}/{OURS}", exist_ok=True)

    def names(self, below: str = "") -> list[str]:
        """Of the files in it, or in a folder in it, sorted."""
        with self._asked():
            entries = self._store.find(f"{self._path}/{below}", maxdepth=1)
        return sorted(entry.rpartition("/")[2] for entry in entries)

    def has(self, name: str) -> bool:
        with self._asked():
            return self._store.exists(f"{self._path}/{name}")

    def read(self, name: str) -> bytes:
        with self._asked():
            return self._store.cat_file(f"{self._path}/{name}")

    def write(self, name: str, data: bytes) -> None:
        new = f"{self._path}/{OURS}/{uuid4().hex}.new"
        with self._asked():
            self._store.pipe_file(new, data)
            self._store.mv(new, f"{self._path}/{name}")

    @contextmanager
    def _asked(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # each store has errors of its own
            raise ClusterError(f"{named(self._address)} cannot be read or written now: {error!r}") from error


def _addressed(address: str, left_out: Counter[str]) -> Iterator[str]:
    """The address of each picture below another one; of `zip://::s3://…` the archive stays in it."""
    store, root = _opened(address)
    try:
        files = [root] if store.isfile(root) else list(_below(store, root, left_out))
    except Exception as error:  # each store has errors of its own
        raise RequestError(f"{named(address)} cannot be listed: {error!r}") from error
    if not files:
        raise RequestError(f"pictures ({', '.join(SUFFIXES)}) were expected in {named(address)}, none is there")
    first, *others = address.split("::")
    for file in sorted(files):
        yield "::".join([_address(store, first, root, file), *others])


def _address(store: Any, first: str, root: str, file: str) -> str:
    """Of a file below `root`, which is at the address `first`. Some have a host or a user in them, paths have not."""
    if not type(store)._get_kwargs_from_urls(first):
        return store.unstrip_protocol(file)
    below = file.removeprefix(root).strip("/")
    return f"{first.rstrip('/')}/{below}" if below else first


def named(address: str) -> str:
    """As it may be told, without its password."""
    return PASSWORD.sub(r"\1@", address)


def _below(store: Any, root: str, left_out: Counter[str]) -> Iterator[str]:
    """The pictures in a folder. What is hidden, or in a hidden folder, is not looked at."""
    for file in store.find(root):
        *_, name = parts = file[len(root) :].split("/")
        if any(part.startswith(".") for part in parts):
            continue
        if name.lower().endswith(SUFFIXES):
            yield file
        else:
            left_out[kind(name)] += 1


def _opened(address: str) -> tuple[Any, str]:
    """A store, which keeps no listings: others write there. Raises RequestError where there is none."""
    try:
        return url_to_fs(address, use_listings_cache=False)
    except Exception as error:  # each store has errors of its own
        raise RequestError(f"a place that fsspec reads was expected, {named(address)} came: {error}") from error

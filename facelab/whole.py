"""Files that are there only once they are whole."""

import fcntl
import filecmp
import os
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from facelab.errors import OutputError, RequestError


def check_new(file: Path) -> None:
    """Raises RequestError for a file that exists."""
    if file.exists():
        raise RequestError(f"a new file was expected, {file} exists")


def check_named(file: Path, what: str, suffixes: Collection[str]) -> None:
    """Raises RequestError for a file that is not named as one of these, or whose folder does not exist."""
    if file.suffix.lower() not in suffixes:
        names = ", ".join(f"*{suffix}" for suffix in suffixes)
        raise RequestError(f"{what} named {names} was expected, {file} came")
    if not file.parent.is_dir():
        raise RequestError(f"a file in a folder was expected, {file.parent} is none")


@contextmanager
def whole(file: Path, *, replace: bool = False) -> Iterator[Path]:
    """A hidden file to write, with the same suffix, which becomes `file` at the end.

    Of what breaks off nothing stays; what a kill leaves is overwritten by the next try. `replace`: there may be an
    older `file`; without it OutputError is raised where one came meanwhile, unless it holds the same, and always where
    another run writes it. A link that has its name is never written through. Raises OSError where nothing can be
    written in its folder.
    """
    new = file.with_name(f".new-{zlib.crc32(file.name.encode(errors='surrogateescape')):08x}{file.suffix}")
    with new.open("ab") as held:
        _hold(held, new, file)
        try:
            yield new
            if not replace and file.exists() and not filecmp.cmp(new, file, shallow=False):
                raise OutputError(f"a new file was expected, {file} came meanwhile")
            new.replace(file)
        except BaseException:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise


def _hold(held: BinaryIO, new: Path, file: Path) -> None:
    """Lock what is written, and empty it. Raises OutputError where another run has it, or just gave it its name."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours = os.path.samestat(os.fstat(held.fileno()), new.stat())
    except (BlockingIOError, FileNotFoundError):
        ours = False
    if not ours:
        raise OutputError(f"one run for a file was expected, another one writes {file}")
    held.truncate(0)

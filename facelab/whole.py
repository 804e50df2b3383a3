"""Files that are there only once they are whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A hidden file to write, which becomes `file` at the end; of what breaks off nothing stays.

    A link that has the name of `file` is replaced, not followed.
    """
    new = file.with_name(f".new-{file.name}")
    try:
        yield new
        new.replace(file)
    finally:
        if new.exists():
            new.unlink()

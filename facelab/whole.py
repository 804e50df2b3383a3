"""Files that are there only once they are whole."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A hidden file to write, with the same suffix, which becomes `file` at the end.

    Of what breaks off nothing stays; what a kill leaves is overwritten by the next try. A link that has the name of
    `file` is replaced, not followed.
    """
    new = file.with_name(f".new-{zlib.crc32(file.name.encode(errors='surrogateescape')):08x}{file.suffix}")
    try:
        yield new
        new.replace(file)
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)

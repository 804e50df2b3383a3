"""Which pictures are meant by the paths of a command, and where they are drawn."""

import os
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from facelab.errors import RequestError
from facelab.whole import check_new

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif")
FILMS = (
    *(".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov"),
    *(".mp4", ".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".vob", ".webm", ".wmv"),
)
UNREAD = (".avif", ".bmp", ".heic", ".heif", ".tif", ".tiff")  # pictures of formats that are not
Place: TypeAlias = Path | str  # a path of this machine, or an address as fsspec takes it


def absolute(place: Place) -> Place:
    """The same from whatever folder it is looked at."""
    return place.absolute() if isinstance(place, Path) else place


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture's file, and the file it is drawn into, if any."""

    file: Path
    drawn: Path | None = None

    @property
    def name(self) -> str:
        """The file's path as text: bytes that are no UTF-8 are written \\xff."""
        return os.fsencode(self.file).decode("utf-8", "backslashreplace")


def pictures(paths: Iterable[Path], draw: Path | None = None, left_out: Counter[str] | None = None) -> list[Picture]:
    """Each path that is a file, and the pictures below each that is a folder, sorted, each once.

    What is hidden or lies in `draw` is left out; what else is, is counted in `left_out` by its kind. Raises
    RequestError where no path exists, a folder has no picture, or one would be drawn over another or itself, and
    OSError where a folder cannot be read.
    """
    left_out, paths = Counter() if left_out is None else left_out, list(paths)
    if draw and draw.suffix.lower() in (*SUFFIXES, *FILMS) and not is_folder(draw):
        raise RequestError(f"a folder was expected for --draw, {draw} came, which is a file's name")
    if not any(os.path.lexists(path) for path in paths):
        raise RequestError(f"pictures or a folder were expected, there is no {paths[0]}")
    places: dict[Path, Path] = {}  # where each picture lies below the path that it was found by
    for path in paths:
        folder = is_folder(path)
        found = list(_below(path, draw, left_out)) if folder else [path]
        if not found:
            raise RequestError(f"pictures ({', '.join(SUFFIXES)}) were expected in {path}, none is there")
        for file in found:
            places.setdefault(file, file.relative_to(path if folder else path.parent))
    if draw is None:
        return [Picture(file=file) for file in places]
    return _drawn([Picture(file=file, drawn=_file_of(draw / place)) for file, place in places.items()])


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; one that cannot be looked at is none, and an error once it is read."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_special(path: Path) -> bool:
    """Whether a path is neither a file nor a folder, but a pipe or a device; one that is not there is none."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _below(folder: Path, draw: Path | None, left_out: Counter[str]) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder, onerror=_raise):
        inside = [Path(parent, name) for name in sorted(folders) if not name.startswith(".")]
        inside = [child for child in inside if draw is None or os.path.realpath(child) != os.path.realpath(draw)]
        left_out["links to folders"] += sum(child.is_symlink() for child in inside)
        folders[:] = [child.name for child in inside]
        for name in sorted(name for name in files if not name.startswith(".")):
            if name.lower().endswith(SUFFIXES) and not is_special(Path(parent, name)):
                yield Path(parent, name)
            else:
                left_out[kind(name)] += 1


def kind(name: str) -> str:
    """What a file that is no picture to read is, by its name."""
    kinds = {"films": FILMS, "pictures of other formats": UNREAD}
    return next((kind for kind, suffixes in kinds.items() if name.lower().endswith(suffixes)), "other files")


def _raise(error: OSError) -> None:
    raise error


def _file_of(place: Path) -> Path:
    """The file for a drawn picture: its own name, if that tells a format."""
    return place if place.suffix.lower() in SUFFIXES else place.with_name(place.name + ".jpg")


def check_files(pictures: Iterable[Picture]) -> None:
    """Raises RequestError for a pipe or a device, which other processes cannot read."""
    for picture in pictures:
        if is_special(picture.file):
            raise RequestError(f"files were expected for a table, {picture.name} is none")


def check_drawn(pictures: Iterable[Picture], begun: Collection[str] = ()) -> None:
    """Raises RequestError where a picture would be drawn over a file, unless it is one whose drawing was `begun`."""
    for picture in pictures:
        if picture.drawn and picture.name not in begun:
            check_new(picture.drawn)


def _drawn(pictures: list[Picture]) -> list[Picture]:
    """The same pictures. Raises RequestError where one would be drawn over another or over itself."""
    targets = Counter(picture.drawn for picture in pictures)
    originals = {os.path.realpath(picture.file) for picture in pictures}
    for picture in pictures:
        if targets[picture.drawn] > 1:
            raise RequestError(f"pictures of different names were expected, two would be drawn as {picture.drawn}")
        if picture.drawn and os.path.realpath(picture.drawn) in originals:
            raise RequestError(f"another folder was expected for --draw: {picture.drawn} is one of the pictures")
    return pictures

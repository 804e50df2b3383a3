"""Frames in and out: their times, which way is up, what is damaged."""

import struct
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from itertools import starmap
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
from av.error import FFmpegError
from av.video.frame import VideoFrame

from facelab.errors import FilmError
from facelab.types import Image
from facelab.video import BT601, Film, opened, upright, written
from tests.films import cut_avi, film, scene

RATE = Fraction(25)
UNEVEN = [0, 40, 100, 500, 510, 1700, 1750]  # milliseconds
SECONDS = [time / 1000 for time in UNEVEN]


def half(width: int = 64, height: int = 48) -> Image:
    """The left half red."""
    picture = np.full((height, width, 3), 40, np.uint8)
    picture[:, : width // 2] = (250, 20, 20)
    return picture


def opened_frames(file: Path) -> Iterator[tuple[VideoFrame, Image]]:
    with opened(file) as found:
        yield from found.frames()


def stream(duration: int, time_base: Fraction) -> Mock:
    return Mock(duration=duration, time_base=time_base, average_rate=25, frames=0, sample_aspect_ratio=None)


def times(found: Film) -> list[float]:
    return [frame.time for frame, _ in found.frames()]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.mov", "a.avi"])
def test_times_of_a_variable_frame_rate(tmp_path: Path, name: str) -> None:
    with opened(film(tmp_path / name, [half()] * 7, UNEVEN)) as found:
        assert times(found) == pytest.approx(SECONDS, abs=1e-3)
        assert found.damaged == 0


def test_frames_that_are_stored_out_of_order_where_no_presentation_times_are(tmp_path: Path) -> None:
    moving = [scene(8 * step) for step in range(20)]
    with opened(film(tmp_path / "a.avi", moving, range(0, 800, 40), codec="libx264")) as found:
        seen = times(found)
    assert seen == pytest.approx([0.04 * step for step in range(20)], abs=1e-3)


def test_frames_without_times_are_counted(tmp_path: Path) -> None:
    with opened(film(tmp_path / "a.h264", [half()] * 9, range(0, 360, 40))) as found:
        with pytest.raises(FilmError, match="none could be decoded"):
            times(found)
        assert found.damaged == 9


@pytest.mark.parametrize("name", ["b.mp4", "b.mkv", "b.webm"])
@pytest.mark.parametrize("shape", [(64, 48), (65, 47)])
def test_a_copy_has_the_same_times_and_pictures(tmp_path: Path, name: str, shape: tuple[int, int]) -> None:
    original = film(tmp_path / "a.mkv", [half()] * 7, UNEVEN)
    with opened(original) as found, written(tmp_path / name, found.rate) as write:
        for frame, _ in found.frames():
            write(frame, half(*shape))
    with opened(tmp_path / name) as copy:
        moments = list(copy.frames())
    assert [frame.time for frame, _ in moments] == pytest.approx(SECONDS, abs=1e-3)
    _, picture = moments[3]
    assert picture.shape == (shape[1] // 2 * 2, 64, 3)
    np.testing.assert_allclose(picture[8, 8], (250, 20, 20), atol=25)


@pytest.mark.parametrize("name", ["b.mp4", "b.mkv", "b.webm"])
def test_a_copy_declares_the_rate_of_its_film(tmp_path: Path, name: str) -> None:
    original = film(tmp_path / "a.mp4", [half()] * 50, range(0, 1000, 20))
    with opened(original) as found, written(tmp_path / name, found.rate) as write:
        for frame, picture in found.frames():
            write(frame, picture)
    with opened(tmp_path / name) as copy:
        assert [float(one.rate) for one in (copy, found)] == pytest.approx([50, 50], rel=0.03)


@pytest.mark.parametrize(("turned", "red_at"), [(0, (24, 4)), (90, (60, 24)), (-90, (4, 24)), (180, (24, 60))])
def test_upright(tmp_path: Path, turned: int, red_at: tuple[int, int]) -> None:
    with opened(film(tmp_path / "a.mp4", [half()], [0], turned=turned)) as found:
        ((_, picture),) = found.frames()
    assert picture.shape == ((48, 64, 3) if turned in (0, 180) else (64, 48, 3))
    np.testing.assert_allclose(picture[red_at], (250, 20, 20), atol=25)


@pytest.mark.parametrize(("across", "down", "red_at"), [(-1, 1, (4, 60)), (1, -1, (44, 4)), (-1, -1, (44, 60))])
def test_mirrored(tmp_path: Path, across: int, down: int, red_at: tuple[int, int]) -> None:
    """As the film's matrix says, which PyAV's rotation tells a half of."""
    picture = np.full((48, 64, 3), 40, np.uint8)
    picture[:24, :32] = (250, 20, 20)
    file, one = film(tmp_path / "a.mp4", [picture], [0]), 1 << 16
    said, plain = file.read_bytes(), struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    place = said.rindex(plain)  # the track's; the film's comes before
    turned = struct.pack(">9i", across * one, 0, 0, 0, down * one, 0, 0, 0, 1 << 30)
    file.write_bytes(said[:place] + turned + said[place + len(plain) :])
    ((_, shown),) = opened_frames(file)
    np.testing.assert_allclose(shown[red_at], (250, 20, 20), atol=25)


def test_a_time_that_comes_again_moves_no_other() -> None:
    frames = [VideoFrame(32, 32, "rgb24") for _ in range(5)]
    for frame, pts in zip(frames, [0, 40, 40, 20, 120], strict=True):
        frame.pts, frame.time_base = pts, Fraction(1, 1000)
    video = stream(duration=160, time_base=Fraction(1, 1000))
    video.decode.side_effect = [frames]
    container = Mock(duration=None, demux=Mock(return_value=[Mock(size=1)]), format=SimpleNamespace(name="mp4"))
    assert times(Film(container, video)) == [0, 0.04, 0.041, 0.042, 0.12]


def test_films_that_were_joined(tmp_path: Path) -> None:
    """As cameras' files are by `cat`: the clock begins anew."""
    one = film(tmp_path / "a.ts", [half()] * 3, [0, 1000, 2000], codec="libx264").read_bytes()
    (tmp_path / "joined.ts").write_bytes(one + one)
    frames = list(opened_frames(tmp_path / "joined.ts"))
    steps = np.diff([frame.time for frame, _ in frames])
    assert steps[[0, 1, 3, 4]] == pytest.approx(1, abs=0.002)
    assert 0 < steps[2] < 2
    with written(tmp_path / "copy.mp4", RATE) as write:
        deque(starmap(write, frames))
    assert len(list(opened_frames(tmp_path / "copy.mp4"))) == 6


@pytest.mark.parametrize(("pixel", "width"), [(Fraction(3, 2), 96), (Fraction(1, 2), 32), (Fraction(90), 64)])
def test_pixels_are_square(tmp_path: Path, pixel: Fraction, width: int) -> None:
    with opened(film(tmp_path / "a.mp4", [half()], [0], pixel=pixel)) as found:
        ((_, picture),) = found.frames()
    assert picture.shape == (48, width, 3)


def test_damaged_frames_are_left_out_and_counted(tmp_path: Path) -> None:
    whole = film(tmp_path / "a.mp4", [scene(step) for step in range(0, 240, 4)], range(0, 2400, 40))
    data = bytearray(whole.read_bytes())
    middle = len(data) * 6 // 10
    data[middle : middle + 1500] = np.random.default_rng(1).bytes(1500)
    whole.write_bytes(data)
    with opened(whole) as found:
        seen = times(found)
        assert found.damaged > 0
    assert 0 < len(seen) < 60
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("text.mp4", b"no film" * 100, "is none or is damaged"),
        ("empty.mkv", b"", "is none or is damaged"),
        ("cut.mp4", b"half", "is none or is damaged"),
        ("cut.mkv", b"begin", "none could be decoded"),
    ],
)
def test_no_film(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    if name.startswith("cut"):
        whole = film(file, [scene(9)] * 9, range(0, 360, 40)).read_bytes()
        file.write_bytes(whole[: len(whole) // 2 if data == b"half" else 1500])
    with pytest.raises(FilmError, match=message), opened(file) as found:
        list(found.frames())


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), opened(tmp_path / "absent.mp4"):
        pass


def test_a_film_that_cannot_be_written(tmp_path: Path) -> None:
    frame = next(opened_frames(film(tmp_path / "a.mkv", [half()], [0])))
    with (
        pytest.raises(FilmError, match=r"b\.mp4 cannot be written"),
        written(tmp_path / "none" / "b.mp4", RATE) as write,
    ):
        write(*frame)


def test_times_that_step_back_are_told_of_the_film_that_is_written(tmp_path: Path) -> None:
    frames = list(opened_frames(film(tmp_path / "a.mkv", [half()] * 7, UNEVEN)))
    with pytest.raises(FilmError, match="cannot be written"), written(tmp_path / "b.mp4", RATE) as write:
        deque(starmap(write, reversed(frames)))
    assert [file.name for file in tmp_path.iterdir()] == ["a.mkv"]


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    with pytest.raises(FilmError, match=r"a film was expected, .*a\.mp4 is none"), opened(tmp_path / "a.mp4"):
        pass


def test_the_pictures_last_as_long_as_they_do_whatever_the_sound() -> None:
    container, video = Mock(duration=3_000_000), stream(duration=10, time_base=Fraction(1, 25))
    video.frames = 75  # of which an edit list shows ten
    assert Film(container, video).seconds == 0.4
    video.duration = None
    assert Film(container, video).seconds == 3


@pytest.mark.parametrize(
    ("kind", "shown", "missing"),
    [
        ("avi", 60, 0),
        ("avi", 59.6, 0),
        ("avi", 59, 1),
        ("mov,mp4,m4a,3gp,3g2,mj2", 59, 1),
        ("matroska,webm", 57, 0),  # whose sound may last longer
        ("matroska,webm", 30, 30),
        ("matroska,webm", 61, 0),
    ],
)
def test_what_a_film_lacks(kind: str, shown: float, missing: float) -> None:
    film = Film(Mock(format=SimpleNamespace(name=kind)), stream(duration=60, time_base=Fraction(1)))
    film.shown = shown
    assert film.missing == missing


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_an_avi_that_was_cut_lacks_what_its_head_counts(tmp_path: Path, share: float) -> None:
    with opened(cut_avi(tmp_path / "a.avi", share)) as found:
        assert len(times(found)) == pytest.approx(40 * share, abs=2)
        assert found.seconds == 4
        assert found.missing == pytest.approx(4 * (1 - share), abs=0.2)


def test_a_film_that_breaks_off_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), written(tmp_path / "a.mp4", RATE):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_the_last_frame_stands_for_as_long_as_it_says() -> None:
    """In a film that does not begin at 0."""
    frames = [VideoFrame(32, 32, "rgb24") for _ in range(3)]
    for frame, (pts, duration) in zip(frames, [(1000, 10), (1010, 40), (1050, 600)], strict=True):
        frame.pts, frame.duration, frame.time_base = pts, duration, Fraction(1, 10)
    video = stream(duration=650, time_base=Fraction(1, 10))
    video.decode.side_effect = [frames]
    container = Mock(duration=None, demux=Mock(return_value=[Mock(size=1)]), format=SimpleNamespace(name="mp4"))
    found = Film(container, video)
    assert len(list(found.frames())) == 3
    assert found.shown == found.seconds == 65


def test_a_damaged_frame_of_an_avi_takes_its_time_with_it() -> None:
    frames = [VideoFrame(32, 32, "rgb24") for _ in range(4)]
    packets = [Mock(size=1, dts=number) for number in range(4)]
    video = stream(duration=4, time_base=Fraction(1, 25))
    video.decode.side_effect = [frames[:1], FFmpegError(1, "damaged"), frames[2:3], frames[3:]]
    container = Mock(duration=None, demux=Mock(return_value=packets), format=SimpleNamespace(name="avi"))
    found = Film(container, video)
    assert [frame.pts for frame, _ in found.frames()] == [0, 2, 3]
    assert found.damaged == 1


def test_a_packet_that_cannot_be_read_is_counted_and_those_behind_it_are_shown() -> None:
    frames = [VideoFrame(32, 32, "rgb24") for _ in range(3)]
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base = number, Fraction(1, 25)

    def packets(_: object) -> Iterator[Mock]:
        for number in next(parts):
            yield Mock(size=1, dts=number)
        raise FFmpegError(11, "later")

    parts = iter([[0], [1], []])
    video = stream(duration=3, time_base=Fraction(1, 25))
    video.decode.side_effect = [[frame] for frame in frames]  # the last one when it is asked for what is left
    found = Film(Mock(duration=None, demux=packets, format=SimpleNamespace(name="mpegts")), video)
    assert times(found) == [0, 0.04, 0.08]
    assert found.damaged == 3


def test_tags_in_other_letters_than_unicode_s(tmp_path: Path) -> None:
    file = film(tmp_path / "a.avi", [half()] * 3, [0, 40, 80], title="Cumple-anos")
    file.write_bytes(file.read_bytes().replace(b"Cumple-anos", "Cumplea\xf1os.".encode("latin-1")))
    with opened(file) as found:
        assert len(times(found)) == 3


def test_a_film_whose_clock_does_not_begin_at_0_lacks_nothing(tmp_path: Path) -> None:
    with opened(film(tmp_path / "a.mkv", [half()] * 50, range(7000, 9000, 40))) as found:
        assert len(times(found)) == 50
        assert (found.missing, found.damaged) == (0, 0)


def test_a_copy_says_how_its_colours_are_made(tmp_path: Path) -> None:
    """Players take those of a large film that does not for BT.709's."""
    frames = list(opened_frames(film(tmp_path / "a.mkv", [half()], [0])))
    with written(tmp_path / "b.mp4", RATE) as write:
        write(*frames[0])
    ((frame, picture),) = opened_frames(tmp_path / "b.mp4")
    assert (frame.colorspace, frame.color_range) == BT601
    np.testing.assert_allclose(picture[24, 8], (250, 20, 20), atol=8)


@pytest.mark.parametrize(("degrees", "turns"), [(89, 1), (-89, -1), (179, 2), (3, 0)])
def test_turned_by_about_a_quarter(degrees: int, turns: int) -> None:
    frame = Mock(width=64, rotation=degrees, side_data={}, to_ndarray=Mock(return_value=half()))
    np.testing.assert_array_equal(upright(frame, 1.0), np.rot90(half(), turns))

"""PyAV: a film's frames and their times in, a film out."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from facelab.errors import FilmError
from facelab.types import Image
from facelab.whole import whole

SUFFIXES = (".m4v", ".mkv", ".mov", ".mp4", ".webm")  # of films that are written; others keep no times or no pictures
EXACT = ("avi", "mov,mp4,m4a,3gp,3g2,mj2")  # FFmpeg's names of formats that say how long the pictures alone last
BT601 = (Colorspace.ITU601, ColorRange.MPEG)
FLATTEST = 4  # pixels that are more oblong than so are a damaged film's


class Film:
    """A film to read. `rate`: about how many frames a second; `seconds`: how long, 0 where it does not say."""

    def __init__(self, container: InputContainer, video: VideoStream) -> None:
        self._container, self._video = container, video
        self._timed = container.format.name != "avi"  # which has no presentation times
        video.thread_type = "AUTO"
        pixel = float(video.sample_aspect_ratio or 1)  # its width over its height
        self._pixel = pixel if 1 / FLATTEST <= pixel <= FLATTEST else 1.0
        self.rate = video.average_rate or Fraction(25)
        self.seconds = _seconds(container, video)
        self.shown = 0.0  # seconds, of the frames that were read, with that for which the last one stands
        self._exact = container.format.name in EXACT
        self._from_nought = container.format.name == "matroska,webm"  # whose length is not that from the first frame on
        self._begun: float | None = None  # the time of the first frame, in seconds
        self.damaged = 0  # packets that gave no frame, or one without a time, of those that were read

    @property
    def missing(self) -> float:
        """Seconds that it says it has and did not show; 0 for so few that its length may only be rounded.

        Sound, which is in the length where pictures have none of their own, may last somewhat longer than these.
        """
        allowed = max(0.5, 2 / float(self.rate)) if self._exact else 0.05 * self.seconds + 1
        before = (self._begun or 0) if self._from_nought else 0
        missing = self.seconds - before - self.shown
        return missing if missing > allowed else 0.0

    def frames(self) -> Iterator[tuple[VideoFrame, Image]]:
        """Each frame as PyAV knows it, which has its `time`, and as an upright picture.

        Those that are damaged or have no time are left out. Raises FilmError where there is none.
        """
        last, later = None, 0
        for frame in self._decoded():
            time = cast(int, frame.pts) + later
            if last is not None and time <= last:
                second = round(1 / cast(Fraction, frame.time_base))
                if last - time > second:  # where films were joined the clock begins anew
                    later += last + (frame.duration or round(second / self.rate)) - time
                    time = cast(int, frame.pts) + later
                else:
                    time = last + 1
            last = frame.pts = time
            if self._begun is None:
                self._begun = frame.time
            self.shown = frame.time - self._begun + float((frame.duration or 0) * (frame.time_base or 0))
            yield frame, upright(frame, self._pixel)
        if self._begun is None:
            raise FilmError("frames were expected in a film, none could be decoded")

    def _decoded(self) -> Iterator[VideoFrame]:
        stored: deque[int | None] = deque()  # the times of packets, in order, which are those of frames in order
        for packet in self._packets():
            try:
                frames = self._video.decode(packet)
            except FFmpegError:
                self.damaged += 1
                continue
            if packet.size:
                stored.append(packet.dts)
            for frame in frames:
                if not self._timed:
                    frame.pts = stored.popleft() if stored else None
                self.damaged += frame.pts is None
                if frame.pts is not None:
                    yield frame

    def _packets(self) -> Iterator["Packet[Any]"]:
        """Behind one that cannot be read FFmpeg may find others. The last one is empty and asks for what is left."""
        came = True
        while came:
            came = False
            try:
                for packet in self._container.demux(self._video):
                    came = True
                    yield packet
                return
            except FFmpegError:
                self.damaged += 1
        yield Packet()


@contextmanager
def opened(file: Path) -> Iterator[Film]:
    """The film in a file. Raises FilmError where there is none, OSError where the file cannot be read."""
    with file.open("rb") as stream:
        try:
            container = av.open(stream, mode="r", metadata_errors="replace")
        except (FFmpegError, OSError) as error:
            raise FilmError(f"a film was expected, {file} is none or is damaged: {error.strerror}") from None
        with container:
            if not container.streams.video:
                raise FilmError(f"a film was expected, {file} has no picture")
            yield Film(container, container.streams.video[0])


@contextmanager
def written(file: Path, rate: Fraction) -> Iterator[Callable[[VideoFrame, Image], None]]:
    """A film to write: takes pictures, each with the frame whose time it has. Raises FilmError.

    `rate`: about how many frames a second, as the film declares itself.
    """

    @contextmanager
    def told() -> Iterator[None]:
        try:
            yield
        except (FFmpegError, OSError, ValueError) as error:
            raise FilmError(f"the film {file} cannot be written: {error}") from None

    def write(frame: VideoFrame, image: Image) -> None:
        with told():
            container.mux(video.encode(_timed(image, frame, video)))

    with ExitStack() as stack:
        with told():
            new = stack.enter_context(whole(file))
            container = av.open(new, "w")
            video = cast(VideoStream, container.add_stream(container.default_video_codec, rate))
        try:
            yield write
            with told():
                container.mux(video.encode(None))
                container.close()
        except BaseException:
            with suppress(FFmpegError, OSError):  # the first error is the one that tells
                container.close()
            raise


def _timed(image: Image, frame: VideoFrame, video: VideoStream) -> VideoFrame:
    """A picture at a frame's time. The first one sets the film's size, which codecs want even, and its clock."""
    height, width = (side - side % 2 for side in image.shape[:2])
    if not video.codec_context.is_open:
        video.width, video.height = width, height
        video.codec_context.time_base = cast(Fraction, frame.time_base)
        video.codec_context.colorspace, video.codec_context.color_range = BT601  # as FFmpeg makes them of RGB
    timed = VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="rgb24")
    timed.pts, timed.time_base = frame.pts, frame.time_base
    return timed


def _seconds(container: InputContainer, video: VideoStream) -> float:
    """How long the pictures are, or else all there is; 0 where neither is told.

    Of an AVI, as long as its head says: FFmpeg takes the length of one that was cut from what is left of it.
    """
    if container.format.name == "avi" and video.frames and video.average_rate:
        return float(video.frames / video.average_rate)
    if video.duration and video.time_base:
        return float(video.duration * video.time_base)
    return container.duration / av.time_base if container.duration else 0.0


def upright(frame: VideoFrame, pixel: float) -> Image:
    """A frame's picture as it is meant to be seen, of square pixels.

    Phones film lying pictures, some of them mirrored, and cameras oblong pixels.

    `pixel`: a pixel's width over its height.
    """
    picture = frame.to_ndarray(format="rgb24", width=round(frame.width * pixel))
    return np.ascontiguousarray(np.rot90(picture[::-1] if _mirrored(frame) else picture, round(frame.rotation / 90)))


def _mirrored(frame: VideoFrame) -> bool:
    """Whether a frame is to be shown in the mirror, too: by the first 2×2 of its matrix (3×3, of rows)."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return False
    places = np.frombuffer(cast(bytes, matrix), np.int32).reshape(3, 3)[:2, :2]
    return bool(np.linalg.det(places.astype(float)) < 0)

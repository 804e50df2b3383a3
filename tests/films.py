"""Films to test with, made of an astronaut's portrait, which is in the public domain."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from skimage.data import astronaut

from facelab.types import Image

MILLISECOND = Fraction(1, 1000)


def scene(left: int | None, right: int | None = None, width: int = 640, height: int = 270) -> Image:
    """Two portraits, the right one mirrored, each from some column on, before gray; None where one is missing."""
    picture = np.full((height, width, 3), 110, np.uint8)
    portrait = astronaut()[20:270, 120:320]
    for column, face in ((left, portrait), (right, portrait[:, ::-1])):
        if column is not None:
            picture[:250, column : column + 200] = face
    return picture


def film(
    file: Path,
    pictures: Sequence[Image],
    milliseconds: Sequence[int],
    *,
    turned: int = 0,
    pixel: Fraction = Fraction(1),
    codec: str | None = None,
    title: str | None = None,
) -> Path:
    """Pictures at their times.

    `turned`: by how many degrees a player shall turn them, counter-clockwise; `pixel`: how much wider than high it
    shall show a pixel.
    """
    with av.open(file, "w") as container:
        if title:
            container.metadata["title"] = title
        video = cast(VideoStream, container.add_stream(codec or container.default_video_codec))
        video.height, video.width = pictures[0].shape[:2]
        video.codec_context.time_base = MILLISECOND
        video.codec_context.sample_aspect_ratio = pixel
        if turned:
            video.set_display_rotation(turned)
        for picture, time in zip(pictures, milliseconds, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = time, MILLISECOND
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return file


def cut_avi(file: Path, share: float) -> Path:
    """The first part of the bytes of a film of four seconds, forty pictures."""
    written = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 270))
    for step in range(40):
        written.write(scene(8 * step))
    written.release()
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    return file

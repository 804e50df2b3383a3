"""Faces followed from frame to frame: SORT [1] by Similari.

It knows boxes alone, no persons: after a cut, or where two change places, a number may go over to another face.

.. [1] A. Bewley et al.: Simple online and realtime tracking, ICIP 2016
"""

from collections.abc import Sequence

from similari import BoundingBox, PositionalMetricType, Sort

from facelab.types import Box

OVERLAP = 0.3  # intersection over union of a box and where a face is awaited, at least
PATIENCE = 1.0  # seconds that a face may be gone


class Follower:
    """Numbers faces from 1, in the order in which they appear. `rate`: frames a second."""

    def __init__(self, rate: float) -> None:
        near = PositionalMetricType.iou(OVERLAP)
        self._sort = Sort(shards=1, bbox_history=1, max_idle_epochs=max(1, round(PATIENCE * rate)), method=near)
        self._numbers: dict[int, int] = {}  # by the tracker's own

    def follow(self, boxes: Sequence[Box]) -> list[int]:
        """The number of each face of the next frame."""
        seen = [(_similari(box), place) for place, box in enumerate(boxes)]
        tracks = {track.custom_object_id: track.id for track in self._sort.predict(seen)}
        return [self._numbers.setdefault(tracks[place], len(self._numbers) + 1) for place in range(len(boxes))]


def _similari(box: Box) -> object:
    return BoundingBox(box.left, box.top, box.width, box.height).as_xyaah()

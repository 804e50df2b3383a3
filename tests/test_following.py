"""Faces keep their numbers while they move, are gone for a moment, or pass each other."""

import pytest

from facelab.following import Follower
from facelab.types import Box


def box(left: float, top: float = 50) -> Box:
    return Box(left=left, top=top, right=left + 80, bottom=top + 80)


def test_two_that_move_and_are_named_in_any_order() -> None:
    follower = Follower(25)
    for step in range(30):
        there, back = box(10 + 8 * step), box(400 - 8 * step, 200)
        expected = [1, 2] if step % 2 == 0 else [2, 1]
        assert follower.follow([there, back] if step % 2 == 0 else [back, there]) == expected


@pytest.mark.parametrize(("gone", "number"), [(10, 1), (20, 1), (40, 2)])
def test_gone_for_some_frames_at_25_a_second(gone: int, number: int) -> None:
    follower = Follower(25)
    for _ in range(10):
        assert follower.follow([box(100)]) == [1]
    for _ in range(gone):
        assert follower.follow([]) == []
    assert follower.follow([box(103)]) == [number]


def test_one_elsewhere_is_another() -> None:
    follower = Follower(25)
    assert [follower.follow([box(10)]), follower.follow([box(300)])] == [[1], [2]]

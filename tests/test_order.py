"""Many work, the results come in order, and no more is begun than may be."""

import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import pytest
from PIL import Image

from facelab.order import in_order, processes


@pytest.mark.parametrize("ahead", [1, 2, 7, 100])
def test_in_order_though_later_ones_are_ready_first(ahead: int) -> None:
    begun: list[int] = []

    def items() -> Iterator[int]:
        for item in range(30):
            begun.append(item)
            yield item

    with ThreadPoolExecutor(4) as pool:
        for place, (item, result) in enumerate(in_order(pool, slow_if_even, items(), ahead)):
            assert (item, result) == (place, place * place)
            assert len(begun) <= place + ahead
    assert len(begun) == 30


def slow_if_even(number: int) -> int:
    if number % 2 == 0:
        threading.Event().wait(0.005)
    return number * number


def test_an_error_comes_at_its_place() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = in_order(pool, lambda number: 1 // (3 - number), range(9), 4)
        assert [next(found)[0] for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ZeroDivisionError):
            next(found)


def test_a_process_keeps_to_one_core_and_is_quiet() -> None:
    with processes(1) as pool:
        assert pool.submit(cv2.getNumThreads).result() == 1
        assert pool.submit(told_of_pixels).result() == []


def told_of_pixels() -> list[str]:
    with warnings.catch_warnings(record=True) as told:
        warnings.warn_explicit("so many pixels", Image.DecompressionBombWarning, "Image.py", 1, module="PIL.Image")
    return [str(one.message) for one in told]

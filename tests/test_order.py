"""Many work, the results come in order, and no more is begun than may be."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from facelab.order import in_order


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

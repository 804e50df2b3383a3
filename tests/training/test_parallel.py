"""Work on many samples: all of them, in their order; a process that is killed ends it."""

import os
import signal
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor

import pytest

from training.datasets import DatasetError, Sample
from training.parallel import mapped

SAMPLES = [Sample(dataset="aaf", name=f"{number}.jpg", splits=frozenset(), source="") for number in range(300)]


def names(samples: Sequence[Sample]) -> list[str]:
    return [one.name for one in samples]


def refused(samples: Sequence[Sample]) -> list[str]:
    raise DatasetError(samples[0].name)


def killed(_samples: Sequence[Sample]) -> list[str]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def test_all_samples_in_their_order() -> None:
    assert mapped(names, SAMPLES, "names") == names(SAMPLES)
    assert mapped(names, [], "names") == []


def test_what_goes_wrong_in_a_process_ends_it() -> None:
    with pytest.raises(DatasetError, match=r"0\.jpg"):
        mapped(refused, SAMPLES, "names")
    with pytest.raises(BrokenExecutor):
        mapped(killed, SAMPLES, "names")

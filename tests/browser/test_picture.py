"""The command that draws the README's picture."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as Pillow

from tests.browser.picture import HEIGHT, SHARPNESS, WIDTH

pytestmark = pytest.mark.browser

PAPER, BAR, BOX = (0xF7, 0xF6, 0xF3), (0x0B, 0x6B, 0x63), (0x7C, 0xC4, 0xFF)  # of the light theme


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("picture") / "page.webp"
    subprocess.run([sys.executable, "-m", "tests.browser.picture", str(file)], check=True, timeout=120)
    return file


def test_its_size(file: Path) -> None:
    assert file.stat().st_size < 150_000
    with Pillow.open(file) as picture:
        assert (picture.format, picture.size) == ("WEBP", (WIDTH * SHARPNESS, HEIGHT * SHARPNESS))


@pytest.mark.parametrize(("colour", "pixels"), [(PAPER, 500_000), (BAR, 3_000), (BOX, 1_000)])
def test_what_is_drawn(file: Path, colour: tuple[int, int, int], pixels: int) -> None:
    with Pillow.open(file) as picture:
        assert near(np.asarray(picture), colour) > pixels


def near(picture: npt.NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    """How many pixels have nearly that colour."""
    return int((np.abs(picture.astype(int) - colour).max(axis=2) < 16).sum())

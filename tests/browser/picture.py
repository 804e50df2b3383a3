"""The README's picture: the page at work on the sample photograph. `make picture` draws it anew."""

import io
import sys
from pathlib import Path

from PIL import Image as Pillow
from playwright.sync_api import FloatRect, Page, expect, sync_playwright

from app import create_app
from tests.browser.acting import switch
from tests.browser.conftest import launch, serving

WIDTH, HEIGHT = 1280, 830  # from the name to the settings
SHARPNESS = 1.5  # pixels for each of the page's: small letters are read, and the file stays small
QUALITY = 80
UNSAID = "#status { visibility: hidden; }"  # how long one answer took tells of one machine only


def draw(file: Path) -> None:
    """Writes the picture as WebP. Starts the service and a Chromium of its own."""
    with serving(create_app()) as address, sync_playwright() as playwright, launch(playwright) as browser:
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=SHARPNESS,
            color_scheme="light",
            locale="en",
            bypass_csp=True,  # which would forbid UNSAID
        )
        page.goto(address)
        show_sample(page)
        top: FloatRect = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}
        screenshot = page.screenshot(style=UNSAID, full_page=True, clip=top)
        Pillow.open(io.BytesIO(screenshot)).save(file, "WEBP", quality=QUALITY, method=6)


def show_sample(page: Page) -> None:
    """The sample with its box, its card and what the network sees."""
    switch(page, "explain", True)
    page.locator(".settings summary").click()
    page.get_by_role("button", name="Try a sample").click()
    expect(page.locator(".sees")).to_be_visible()
    page.wait_for_function("[...document.querySelectorAll('.sees img')].every(({ complete }) => complete)")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))

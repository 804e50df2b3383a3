"""What tests do with the page, and where they find things on it."""

from playwright.sync_api import Locator, Page

from facelab.types import Box

WIDE = {"viewport": {"width": 1280, "height": 900}}
# The stage stands upright here and the picture does not fill it; two screen pixels make one of the page.
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}


def on_page(element: Locator) -> Box:
    """Where an element is, in pixels of the page."""
    box = element.bounding_box()
    assert box is not None
    return Box(left=box["x"], top=box["y"], right=box["x"] + box["width"], bottom=box["y"] + box["height"])


def shown_at(box: Box, size: tuple[int, int], element: Locator, *, mirrored: bool) -> Box:
    """Where `box` of a picture of `size` is, in pixels of the page, when `element` shows it as a whole."""
    stage, (width, height) = on_page(element), size
    scale = min(stage.width / width, stage.height / height)
    left = stage.left + (stage.width - width * scale) / 2
    top = stage.top + (stage.height - height * scale) / 2
    sides = (width - box.right, width - box.left) if mirrored else (box.left, box.right)
    return Box(
        left=left + sides[0] * scale,
        top=top + box.top * scale,
        right=left + sides[1] * scale,
        bottom=top + box.bottom * scale,
    )


def start(page: Page) -> None:
    page.get_by_role("button", name="Start camera").click()


def choose(page: Page, data: bytes, name: str = "photo.jpg") -> None:
    page.set_input_files("#file", files={"name": name, "mimeType": "image/jpeg", "buffer": data})


def switch(page: Page, name: str, on: bool) -> None:
    """Turns one of the settings' switches."""
    page.locator(".settings").evaluate("settings => { settings.open = true; }")
    page.locator(f"[name={name}]").set_checked(on)

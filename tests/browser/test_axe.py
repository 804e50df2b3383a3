"""axe finds nothing in any state of the page, in either language, by day and by night, on a phone and on a desk.

https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md
"""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from facelab.networks import load_networks
from tests.browser import clip
from tests.browser.acting import choose, switch
from tests.browser.conftest import OpenPage
from tests.builders import FakeAnalyze, face, measured

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": TAGS, "resultTypes": ["violations"]}
MODELS = Path(__file__).parent.parent.parent / "models"


@pytest.fixture
def analyze() -> FakeAnalyze:
    """Two faces, and the cards that are shipped, with all figures that there are."""
    analyze = FakeAnalyze(face(60, 60, 200, 200), face(300, 100, 420, 220), max_bytes=5_000_000)
    analyze.cards = {name: dict(network.card) for name, network in load_networks(MODELS).items()}
    for card in analyze.cards.values():
        card["metrics"]["made"] = measured()
    return analyze


def consent(page: Page) -> None:
    expect(page.locator("#consent")).to_be_visible()


def settings(page: Page) -> None:
    switch(page, "corner", True)


def camera(page: Page) -> None:
    """With all that can be shown, and a chart."""
    switch(page, "corner", True)
    switch(page, "explain", True)
    page.locator("#start").click()
    expect(page.locator(".sees")).to_have_count(2)
    expect(page.locator("#summary tr")).to_have_count(2)


def stopped(page: Page) -> None:
    """A run that can still be read."""
    camera(page)
    page.locator("#stop").click()
    consent(page)


def silent_server(page: Page) -> None:
    camera(page)
    page.route("**/predict*", lambda route: route.abort())
    expect(page.locator("#notice")).to_be_visible()


def slow_server(page: Page) -> None:
    camera(page)
    page.route("**/predict*", lambda _: None)
    expect(page.locator("#overlay.old")).to_be_visible()


def answer_camera(page: Page, answer: str) -> None:
    page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = () => {answer}; }}")


def waiting(page: Page) -> None:
    """For the user's permission."""
    answer_camera(page, "new Promise(() => {})")
    page.locator("#start").click()
    expect(page.locator("#stop")).to_be_focused()


def refused_camera(page: Page) -> None:
    answer_camera(page, "Promise.reject(new DOMException('', 'NotAllowedError'))")
    page.locator("#start").click()
    expect(page.get_by_role("alert").locator("h2")).to_be_visible()


def gallery(page: Page) -> None:
    """Explained, with a photo that cannot be read."""
    switch(page, "explain", True)
    files: list[FilePayload] = [
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": clip.jpeg(clip.astronaut())},
        {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": b"Once upon a time"},
    ]
    page.set_input_files("#file", files=files)
    expect(page.locator("#gallery button")).to_have_count(2)
    expect(page.locator(".sees")).to_have_count(2)


def unread_in_gallery(page: Page) -> None:
    gallery(page)
    page.locator("#gallery button").nth(1).click()
    expect(page.locator("#notice")).to_be_visible()


def unread_photo(page: Page) -> None:
    choose(page, b"Once upon a time")
    expect(page.get_by_role("alert").locator("h2")).to_be_visible()


STATES = (
    consent,
    settings,
    waiting,
    camera,
    stopped,
    silent_server,
    slow_server,
    refused_camera,
    gallery,
    unread_in_gallery,
    unread_photo,
)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_page(pretended: str, open_page: OpenPage, state: Callable[[Page], None], language: str) -> None:
    page = open_page(f"{pretended}/?lang={language}")
    state(page)
    assert_sound(page)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", ["about", "docs"])
def test_texts(pretended: str, open_page: OpenPage, path: str, language: str) -> None:
    assert_sound(open_page(f"{pretended}/{path}?lang={language}"))


def assert_sound(page: Page) -> None:
    """In both themes, on a phone and on a desk."""
    for scheme, width in product(("light", "dark"), (360, 1280)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(page, options=OPTIONS)
        assert found.violations_count == 0, f"{scheme}, {width} px: {found.generate_report()}"


def test_a_button_without_a_name_is_found(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    page.locator("#start").evaluate("button => button.replaceChildren()")
    with pytest.raises(AssertionError, match="button-name"):
        assert_sound(page)

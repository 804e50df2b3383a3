"""The page in a real browser, whose camera plays a clip of a face."""

import re
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import Browser, Page, Playwright, expect

from app import create_app
from facelab.errors import CorruptImage
from facelab.types import Analysis
from tests.browser import clip
from tests.browser.acting import PHONE, WIDE, choose, on_page, shown_at, start
from tests.browser.conftest import OpenPage, launch, serving
from tests.builders import CARDS, FakeAnalyze, face, measured, overlap

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parent.parent.parent / "static"


@pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_labelled_box_stands_over_the_mirrored_face(real: str, open_page: OpenPage, screen: dict[str, Any]) -> None:
    page = open_page(real, **screen)
    start(page)
    box = page.locator(".face")
    expect(box).to_have_count(1)
    expected = shown_at(clip.face_in_clip(), (clip.WIDTH, clip.HEIGHT), page.locator("#video"), mirrored=True)
    assert overlap(on_page(box), expected) > 0.6
    expect(page.locator(".tag")).to_have_text(re.compile(r"\w+ \d+%.+\w+ \d+%.+\d+ years \(\d+–\d+\)"))
    expect(page.locator("#readings")).to_contain_text("Apparent expression")
    expect(page.locator("#readings")).to_contain_text("Apparent gender")
    expect(page.locator("#readings")).to_contain_text("Apparent age")


@pytest.mark.parametrize("data", [clip.jpeg(clip.astronaut()), clip.lying_jpeg()], ids=["upright", "lying"])
def test_a_photo_is_not_mirrored(real: str, open_page: OpenPage, data: bytes) -> None:
    page = open_page(real, **WIDE)
    choose(page, data)
    box = page.locator(".face")
    expect(box).to_have_count(1)
    expected = shown_at(clip.FACE, (512, 512), page.locator("#photo"), mirrored=False)
    assert overlap(on_page(box), expected) > 0.6


def test_consent_comes_before_the_camera(pretended: str, open_page: OpenPage) -> None:
    asked = "const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
    asked += "navigator.mediaDevices.getUserMedia = (wish) => { window.asked = true; return ask(wish); }"
    page = open_page(pretended, script=asked)
    expect(page.locator("#consent")).to_contain_text("Frames and photos go to this server")
    expect(page.locator("#consent")).to_contain_text("not kept")
    expect(page.locator("#consent")).to_contain_text("appearance")
    assert page.evaluate("window.asked") is None
    start(page)
    expect(page.locator(".face")).to_be_visible()
    assert page.evaluate("window.asked") is True
    expect(page.locator("#consent")).to_be_hidden()


def test_stop_ends_the_camera_and_the_questions(pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    page.get_by_role("button", name="Stop camera").click()
    expect(page.locator("#consent")).to_be_visible()
    expect(page.locator(".face")).to_have_count(0)
    assert page.evaluate("document.querySelector('#video').srcObject") is None
    page.wait_for_timeout(300)
    before = len(analyze.calls)
    page.wait_for_timeout(500)
    assert len(analyze.calls) == before


def test_says_so_where_scripts_do_not_arrive(pretended: str, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/view.js", lambda route: route.abort())
        page.goto(pretended)
        page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
        expect(page.locator(".slow")).to_be_visible()


def test_says_nothing_of_the_kind_where_they_do(pretended: str, open_page: OpenPage) -> None:
    expect(open_page(pretended).locator(".slow")).to_have_count(0)


def test_keyboard_alone(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    for _ in range(4):  # the name, two languages, the first button
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Start camera")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop camera")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start camera")).to_be_focused()


def test_a_summary_takes_the_focus_once_there_is_one(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    page.locator(".settings summary").focus()
    page.keyboard.press("Tab")  # since nothing can be downloaded yet
    expect(page.get_by_role("link", name="How well it works")).to_be_focused()
    start(page)
    expect(page.locator("#summary tr")).to_have_count(1)
    page.locator(".settings summary").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="Summary")).to_be_focused()


def test_what_is_seen_is_read_out(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator("#announcer")).to_have_text("1 face. Face 1: happy, 16-25")


class Slow(FakeAnalyze):
    """Takes its time and counts how many questions are open at once."""

    def __init__(self) -> None:
        super().__init__(max_bytes=1_000_000)
        self._lock = threading.Lock()
        self.open = self.most = 0

    def __call__(self, data: bytes, **options: Any) -> Analysis:
        with self._lock:
            self.open += 1
            self.most = max(self.most, self.open)
        time.sleep(0.25)
        with self._lock:
            self.open -= 1
        return super().__call__(data, **options)


class TestSlowServer:
    @pytest.fixture
    def analyze(self) -> Slow:
        return Slow()

    def test_one_frame_is_under_way_at_a_time(self, pretended: str, open_page: OpenPage, analyze: Slow) -> None:
        page = open_page(pretended)
        start(page)
        page.wait_for_timeout(1800)
        assert len(analyze.calls) >= 3
        assert analyze.most == 1


def test_a_hidden_page_asks_nothing(pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
    def hide(hidden: str) -> None:
        page.evaluate(f"""Object.defineProperty(document, "hidden", {{ value: {hidden}, configurable: true }});
            document.dispatchEvent(new Event("visibilitychange"))""")

    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    hide("true")
    page.wait_for_timeout(500)
    before = len(analyze.calls)
    page.wait_for_timeout(800)
    assert len(analyze.calls) == before
    hide("false")
    page.wait_for_timeout(800)
    assert len(analyze.calls) > before


class TestCameraTrouble:
    """A different message for everything that can be wrong with a camera; a photo is still possible."""

    @pytest.mark.parametrize(
        ("error", "message"),
        [
            ("NotAllowedError", "The camera is not allowed"),
            ("NotFoundError", "No camera was found"),
            ("NotReadableError", "The camera is busy"),
            ("SomeError", "The camera did not start"),
        ],
    )
    def test_refused(self, pretended: str, open_page: OpenPage, error: str, message: str) -> None:
        script = f"""navigator.mediaDevices.getUserMedia =
            () => Promise.reject(new DOMException("", "{error}"))"""
        page = open_page(pretended, script=script)
        self.expect_trouble(page, message)
        choose(page, clip.jpeg(clip.astronaut()))
        expect(page.locator(".face")).to_be_visible()

    def test_refused_by_chromium_itself(self, pretended: str, playwright: Playwright) -> None:
        with launch(playwright, "--use-fake-ui-for-media-stream=deny") as browser:
            page = browser.new_page()
            page.goto(pretended)
            self.expect_trouble(page, "The camera is not allowed")

    def test_no_media_devices(self, pretended: str, open_page: OpenPage) -> None:
        script = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined })"
        self.expect_trouble(open_page(pretended, script=script), "This browser offers no camera")

    def test_insecure_address(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended.replace("localhost", "facelab.test"))
        self.expect_trouble(page, "The camera needs a secure address")

    def test_unplugged(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended)
        start(page)
        expect(page.locator(".face")).to_be_visible()
        page.evaluate("document.querySelector('#video').srcObject.getTracks().forEach((t) => t.stop())")
        expect(page.get_by_role("alert")).to_contain_text("The camera went away")

    @staticmethod
    def expect_trouble(page: Page, message: str) -> None:
        start(page)
        expect(page.get_by_role("alert")).to_contain_text(message)
        expect(page.get_by_role("button", name="Start camera")).to_be_focused()


class TestServerTrouble:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
        """Until it is undone, the pipeline refuses all pictures."""

        def refuse(*_: object, **__: object) -> None:
            raise CorruptImage("the picture is not to its taste")

        monkeypatch.setattr(FakeAnalyze, "__call__", refuse)
        return monkeypatch

    def test_says_why_and_recovers(self, pretended: str, open_page: OpenPage, broken: pytest.MonkeyPatch) -> None:
        page = open_page(pretended)
        start(page)
        expect(page.locator("#notice")).to_contain_text("the picture is not to its taste. Next try in")
        expect(page.locator("#status")).to_have_text("Not analysed")
        broken.undo()
        expect(page.locator(".face")).to_be_visible()
        expect(page.locator("#notice")).to_be_hidden()

    def test_says_that_a_token_is_wanted(self, open_page: OpenPage) -> None:
        with serving(create_app({"TOKEN": "a secret"}, FakeAnalyze())) as address:
            page = open_page(address)
            start(page)
            expect(page.get_by_role("alert")).to_contain_text("the service's token was expected")
            expect(page.get_by_role("alert")).to_contain_text("does not let this page ask")

    @pytest.mark.usefixtures("broken")
    def test_is_asked_ever_more_seldom(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended)
        questions: list[str] = []
        page.on("request", lambda request: questions.append(request.url))
        start(page)
        page.wait_for_timeout(3000)
        assert 2 <= sum(question.endswith("/predict") for question in questions) <= 3  # after 0, 0.5 and 1.5 s

    def test_boxes_do_not_outlive_it(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended)
        start(page)
        expect(page.locator(".face")).to_be_visible()
        page.route("**/predict", lambda route: route.abort())
        expect(page.locator("#notice")).to_contain_text("The server does not answer")
        expect(page.locator(".face")).to_have_count(0)
        expect(page.locator("#status")).to_have_text("No answer")
        page.unroute("**/predict")
        expect(page.locator(".face")).to_be_visible()

    def test_a_file_that_is_no_photo(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended)
        choose(page, b"Once upon a time", "story.txt")
        expect(page.get_by_role("alert")).to_contain_text("a JPEG, PNG, WebP or GIF picture was expected")


class TestSeveralFaces:
    @pytest.fixture
    def analyze(self) -> FakeAnalyze:
        return FakeAnalyze(face(300, 100, 400, 220), face(100, 150, 150, 210), max_bytes=1_000_000)

    def test_are_numbered_alike_in_picture_and_list(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended)
        choose(page, clip.jpeg(clip.astronaut()))
        expect(page.locator(".face")).to_have_count(2)
        expect(page.locator(".tag i")).to_have_text(["1", "2"])
        expect(page.locator("#readings h3 span")).to_have_text(["Face 1", "Face 2"])


class TestCrowd:
    # Whether a tag's number is seen in its middle and at its corners.
    SEEN = """(tags) => tags.map((tag) => {
        document.querySelector("#overlay").style.pointerEvents = "auto";
        const { left, top, width, height } = tag.querySelector("i").getBoundingClientRect();
        const points = [[0.5, 0.5], [0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]];
        return points.every(([x, y]) => tag.contains(document.elementFromPoint(left + width * x, top + height * y)));
    })"""

    @pytest.fixture
    def analyze(self) -> FakeAnalyze:
        """Two rows of four, close to each other."""
        at = [(20 + 125 * column, 150 + 100 * row) for row in range(2) for column in range(4)]
        return FakeAnalyze(*(face(x, y, x + 90, y + 90) for x, y in at), max_bytes=1_000_000)

    @pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide", "phone"])
    def test_every_number_is_seen_and_no_face_hidden(
        self, pretended: str, open_page: OpenPage, screen: dict[str, Any]
    ) -> None:
        page = open_page(pretended, **screen)
        choose(page, clip.jpeg(clip.astronaut()))
        expect(page.locator(".tag")).to_have_count(8)
        assert page.locator(".tag").evaluate_all(self.SEEN) == [True] * 8
        boxes, tags = ([on_page(one) for one in page.locator(kind).all()] for kind in (".face", ".tag"))
        pairs = [(tag, box) for i, tag in enumerate(tags) for j, box in enumerate(boxes) if i != j]
        assert max(tag.shared(box) for tag, box in pairs) < 1

    def test_no_face_is_hidden_in_what_is_saved(
        self, pretended: str, open_page: OpenPage, analyze: FakeAnalyze
    ) -> None:
        page = open_page(pretended)
        choose(page, clip.jpeg(Pillow.new("RGB", (512, 512), "gray")))
        expect(page.locator(".face")).to_have_count(8)
        with page.expect_download() as download:
            page.get_by_role("button", name="Save picture").click()
        kept = np.asarray(Pillow.open(download.value.path()).convert("L")).astype(int)
        for box in (one.box for one in analyze.faces):
            top, bottom, left, right = (int(side) for side in (box.top, box.bottom, box.left, box.right))
            assert np.abs(kept[top + 30 : bottom - 4, left + 4 : right - 4] - 128).max() < 5


@pytest.mark.parametrize("width", [360, 768, 1440, 2560])
def test_nothing_is_cut_off(pretended: str, open_page: OpenPage, analyze: FakeAnalyze, width: int) -> None:
    analyze.cards = {"emotion": {**CARDS["emotion"], "metrics": {"a": measured()}}}
    page = open_page(pretended, viewport={"width": width, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    panel = page.locator(".panel")
    assert panel.evaluate("panel => panel.scrollHeight - panel.clientHeight") <= 0
    page.goto(f"{pretended}/about")
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(("width", "height"), [(844, 390), (568, 320), (1280, 480)])
def test_a_low_window_has_room_for_the_picture_and_its_buttons(
    pretended: str, open_page: OpenPage, width: int, height: int
) -> None:
    page = open_page(pretended, viewport={"width": width, "height": height})
    start(page)
    expect(page.locator(".face")).to_be_visible()
    stage, stop = on_page(page.locator("#stage")), on_page(page.locator("#stop"))
    assert 0 <= stage.top <= stage.bottom - 190
    assert stop.bottom <= height


# What the browser has loaded, as [address, bytes before any compression].
LOADED = """["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type))
    .map(({ name, decodedBodySize }) => [new URL(name).pathname, decodedBodySize])"""


@pytest.mark.parametrize("language", ["en", "es"])
def test_all_that_the_browser_loads_weighs_little(real: str, open_page: OpenPage, language: str) -> None:
    page = open_page(f"{real}/?lang={language}")
    page.locator("#start").click()
    expect(page.locator(".face")).to_be_visible()
    loaded = dict(page.evaluate(LOADED))
    loaded.pop("/predict")
    modules = {f"/static/{file.name}" for file in STATIC.glob("*.js")}
    assert {"/", "/static/style.css", f"/static/texts/{language}.json", *modules} <= loaded.keys()
    assert all(loaded.values())
    assert sum(loaded.values()) < 150_000


def test_nothing_moves_when_the_camera_starts(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended, **PHONE)
    watch = """new PerformanceObserver((list) => {
        const own = list.getEntries().filter(({ hadRecentInput }) => !hadRecentInput);
        window.moved = (window.moved ?? 0) + own.reduce((sum, { value }) => sum + value, 0);
    }).observe({ type: "layout-shift", buffered: true })"""
    page.evaluate(watch)
    start(page)
    before = on_page(page.locator("#readings-title"))
    expect(page.locator(".face")).to_be_visible()
    assert page.evaluate("window.moved ?? 0") < 0.01
    assert on_page(page.locator("#readings-title")) == before

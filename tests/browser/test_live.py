"""The live view: gliding and numbered boxes, switches, and a camera or server that comes and goes."""

import csv
import io
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flask import Flask
from PIL import Image as Pillow
from playwright.sync_api import Dialog, Page, Route, expect

from facelab.errors import ImageTooLarge
from facelab.types import Analysis, Prediction
from tests.browser.acting import WIDE, on_page, start, switch
from tests.browser.conftest import OpenPage, serving
from tests.builders import FakeAnalyze, face

pytestmark = pytest.mark.browser

# Where the boxes are on the next 40 frames of the screen.
WATCH = """() => new Promise((resolve) => {
    const seen = [];
    const look = () => {
        seen.push(document.querySelector(".face")?.style.transform);
        seen.length < 40 ? requestAnimationFrame(look) : resolve(seen);
    };
    look();
})"""


class Moving(FakeAnalyze):
    """Two faces that cross within two seconds of their first picture; every answer takes 200 ms."""

    def __init__(self) -> None:
        super().__init__(max_bytes=5_000_000)
        self.start = 0.0

    def __call__(self, data: bytes, **options: Any) -> Analysis:
        self.start = self.start or time.monotonic()
        way = 400 * min(1, (time.monotonic() - self.start) / 2)
        left, right = face(50 + way, 200, 130 + way, 280), face(450 - way, 210, 530 - way, 290)
        self.faces = (left, right) if len(self.calls) % 2 else (right, left)
        time.sleep(0.2)
        return super().__call__(data, **options)


class TestMovingFaces:
    @pytest.fixture
    def analyze(self) -> Moving:
        return Moving()

    def test_keep_number_and_colour_through_a_crossing(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended, **WIDE)
        start(page)
        before = self.where(page)
        page.wait_for_timeout(3000)
        after = self.where(page)
        assert set(before) == set(after) == {"1", "2"}
        assert (before["1"] < before["2"]) != (after["1"] < after["2"])

    def test_glide_between_answers_or_stand_where_they_were_found(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended, **WIDE)
        start(page)
        expect(page.locator(".face")).to_have_count(2)
        gliding = page.evaluate(WATCH)
        page.wait_for_timeout(2500)
        still = page.evaluate(WATCH)
        assert len(set(gliding)) > 12  # 40 frames last for about three answers
        assert len(set(still)) == 1

    def test_exact_answers(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended, **WIDE)
        switch(page, "glide", False)
        start(page)
        expect(page.locator(".face")).to_have_count(2)
        assert len(set(page.evaluate(WATCH))) < 8

    def test_glide_is_off_where_motion_is_unwanted(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended, reduced_motion="reduce")
        assert not page.locator("[name=glide]").is_checked()

    @staticmethod
    def where(page: Page) -> dict[str, float]:
        """The left side of each box, by its number, which is also its colour."""
        expect(page.locator(".face")).to_have_count(2)
        script = "faces => Object.fromEntries(faces.map((f) => [f.dataset.colour, f.getBoundingClientRect().left]))"
        return page.locator(".face").evaluate_all(script)


class Flickering(FakeAnalyze):
    """Changes its mind with every picture."""

    def __call__(self, data: bytes, **options: Any) -> Analysis:
        analysis = super().__call__(data, **options)
        happy = 0.9 if len(self.calls) % 2 else 0.1
        scores = {"happy": happy, "angry": 1 - happy}
        said = {"emotion": Prediction(label=max(scores, key=lambda label: scores[label]), score=0.9, scores=scores)}
        return replace(analysis, faces=tuple(replace(report, predictions=said) for report in analysis.faces))


class TestFlickeringScores:
    # What the first bar says on the next frames of the screen.
    WATCH = """() => new Promise((resolve) => {
        const seen = new Set();
        const end = performance.now() + 1500;
        const look = () => {
            seen.add(parseInt(document.querySelector("#readings .share").textContent));
            performance.now() < end ? requestAnimationFrame(look) : resolve([...seen]);
        };
        look();
    })"""

    @pytest.fixture
    def analyze(self) -> Flickering:
        return Flickering(max_bytes=5_000_000)

    @pytest.mark.parametrize("smooth", [True, False])
    def test_are_smoothed_if_wanted(self, pretended: str, open_page: OpenPage, smooth: bool) -> None:
        page = open_page(pretended)
        switch(page, "smooth", smooth)
        start(page)
        expect(page.locator("#readings .share")).to_have_count(2)
        seen = set(page.evaluate(self.WATCH))
        assert len(seen) > 1
        assert (seen == {10, 90}) != smooth
        assert (10 in seen) != smooth


def test_mirror(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended, **WIDE)
    start(page)
    box = page.locator(".face")
    expect(box).to_be_visible()
    middle = on_page(page.locator("#stage")).left + on_page(page.locator("#stage")).width / 2
    assert on_page(box).left > middle
    switch(page, "mirror", False)
    page.wait_for_timeout(600)
    assert on_page(box).left < middle
    assert page.locator("#video").evaluate("video => getComputedStyle(video).transform") == "none"


def test_a_camera_that_looks_at_the_world_is_not_mirrored(pretended: str, open_page: OpenPage) -> None:
    rear = """const { getSettings } = MediaStreamTrack.prototype;
        MediaStreamTrack.prototype.getSettings = function () {
            return { ...getSettings.call(this), facingMode: "environment" };
        };"""
    page = open_page(pretended, script=rear)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    expect(page.locator("[name=mirror]")).not_to_be_checked()
    expect(page.locator("#stage")).not_to_have_class(re.compile("mirrored"))


def sizes(analyze: FakeAnalyze) -> list[tuple[int, int]]:
    """Those of the pictures that came."""
    return [Pillow.open(io.BytesIO(call["data"])).size for call in analyze.calls]


def test_camera_and_resolution_are_chosen(pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    assert page.locator("[name=camera] option").count() == 1
    assert page.locator("[name=camera]").input_value() != ""
    page.locator(".settings summary").click()
    page.locator("[name=resolution]").select_option("320")
    page.wait_for_timeout(1500)
    assert sizes(analyze)[0] == (640, 480)
    assert sizes(analyze)[-1] == (320, 240)
    expect(page.locator(".face")).to_be_visible()


def test_a_resolution_chosen_before_the_camera_is_allowed(
    pretended: str, open_page: OpenPage, analyze: FakeAnalyze
) -> None:
    hold = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        const allowed = new Promise((resolve) => { window.allow = resolve; });
        navigator.mediaDevices.getUserMedia = (wish) => allowed.then(() => ask(wish));"""
    page = open_page(pretended, script=hold)
    start(page)
    page.locator(".settings summary").click()
    page.locator("[name=resolution]").select_option("320")
    page.evaluate("allow()")
    expect(page.locator(".face")).to_be_visible()
    assert set(sizes(analyze)) == {(320, 240)}


def test_a_camera_that_is_plugged_in_meanwhile_is_offered(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    playing = page.locator("[name=camera]").input_value()
    page.evaluate("""() => {
        const devices = navigator.mediaDevices, list = devices.enumerateDevices.bind(devices);
        const other = { kind: "videoinput", deviceId: "b", label: "Other" };
        devices.enumerateDevices = async () => [other, ...(await list())];
    }""")
    plug_in(page)
    expect(page.locator("[name=camera] option")).to_have_count(2)
    expect(page.locator("[name=camera] option").first).to_have_text("Other")
    expect(page.locator("[name=camera]")).to_have_value(playing)


def test_a_stop_while_cameras_are_counted_chooses_none(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    page.evaluate("""() => {
        navigator.mediaDevices.enumerateDevices = async () => {
            document.querySelector("#stop").click();
            return [{ kind: "videoinput", deviceId: "b" }];
        };
    }""")
    start(page)
    expect(page.get_by_role("button", name="Start camera")).to_be_focused()
    page.wait_for_timeout(500)
    assert page.evaluate(PLAYS) is False
    expect(page.locator("[name=camera]")).to_have_value("")


def test_the_corner_tells_how_fast_all_goes(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    expect(page.locator("#corner")).to_be_hidden()
    switch(page, "corner", True)
    expect(page.locator("#corner")).to_be_visible()
    page.wait_for_timeout(1200)
    expect(page.locator("[data-figure=server]")).to_have_text("1 ms")
    assert int(page.locator("[data-figure=sent]").inner_text()) > 2
    assert int(page.locator("[data-figure=drawn]").inner_text().removesuffix("/s")) >= 20
    expect(page.locator("[data-figure=dropped]")).to_have_text("0")


class Strict(FakeAnalyze):
    """Finds pictures of more than 320 pixels too large."""

    def __call__(self, data: bytes, **options: Any) -> Analysis:
        answer = super().__call__(data, **options)
        if answer.width > 320:
            raise ImageTooLarge("too large")
        return answer


class TestStrictServer:
    @pytest.fixture
    def analyze(self) -> Strict:
        return Strict(max_bytes=5_000_000)

    def test_gets_smaller_frames(self, pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
        page = open_page(pretended)
        start(page)
        expect(page.locator(".face")).to_be_visible()
        assert sizes(analyze)[:2] == [(640, 480), (320, 240)]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_given_the_time_it_asks_for(pretended: str, open_page: OpenPage, status: int) -> None:
    page, asked = open_page(pretended), []

    def busy(route: Route) -> None:
        asked.append(time.monotonic())
        route.fulfill(status=status, headers={"Retry-After": "2"}, body="busy")

    page.route("**/predict", busy)
    start(page)
    expect(page.locator("#notice")).to_have_text("The server is busy. Next try in 2 seconds.")
    page.wait_for_timeout(1500)
    assert len(asked) == 1
    page.unroute("**/predict")
    expect(page.locator(".face")).to_be_visible()


def test_boxes_fade_when_no_answer_comes(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    expect(page.locator("#overlay")).not_to_have_class(re.compile("old"))
    page.route("**/predict", lambda _: None)  # neither answered nor refused
    expect(page.locator("#overlay")).to_have_class(re.compile("old"))
    expect(page.locator("#status")).to_have_text("Looking for faces …")
    expect(page.locator("#readings")).to_have_attribute("aria-hidden", "true")
    expect(page.locator("#table tr")).to_have_count(0)
    page.unroute("**/predict")
    expect(page.locator("#overlay")).not_to_have_class(re.compile("old"))
    expect(page.locator("#readings")).to_have_attribute("aria-hidden", "false")


def test_a_server_that_is_started_again(service: Flask, open_page: OpenPage) -> None:
    with serving(service) as address:
        page = open_page(address)
        start(page)
        expect(page.locator(".face")).to_be_visible()
    expect(page.locator("#notice")).to_contain_text("The server does not answer")
    with serving(service, int(address.rpartition(":")[2])):
        expect(page.locator(".face")).to_be_visible()
        expect(page.locator("#notice")).to_be_hidden()
        page.close()


# The camera's only track ends, as browsers have it: without an event where the page itself stops it.
UNPLUG = """() => {
    const [track] = document.querySelector("#video").srcObject.getTracks();
    track.stop();
    track.dispatchEvent(new Event("ended"));
}"""
PLAYS = "Boolean(document.querySelector('#video').srcObject?.active)"
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def unplug(page: Page) -> None:
    page.evaluate(UNPLUG)
    expect(page.get_by_role("alert")).to_contain_text("The camera went away")


def unplug_unseen(page: Page) -> None:
    """While nobody looks at the page."""
    page.evaluate(HIDE, True)
    page.evaluate(UNPLUG)


def kept_seconds(page: Page) -> list[float]:
    """When the samples of the run were taken."""
    with page.expect_download() as download:
        page.locator("#json").click()
    return [sample["seconds"] for sample in json.loads(download.value.path().read_bytes())["samples"]]


def plug_in(page: Page) -> None:
    page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")


@pytest.mark.parametrize("come_back", [plug_in, start])
def test_a_camera_that_comes_back_goes_on_with_the_run(
    pretended: str, open_page: OpenPage, come_back: Callable[[Page], None]
) -> None:
    """By itself, or where it is started again."""
    page = open_page(pretended)
    start(page)
    expect(page.locator("#csv")).to_be_enabled()
    page.wait_for_timeout(1000)
    unplug(page)
    page.wait_for_timeout(2000)
    come_back(page)
    expect(page.locator(".face")).to_be_visible()
    page.wait_for_timeout(1000)
    seconds = kept_seconds(page)
    assert seconds[0] == 0
    assert max(np.diff(seconds)) > 1.9  # while it was away
    assert seconds == sorted(seconds)


def test_a_camera_that_goes_while_an_answer_is_waited_for_is_missed_at_once(
    pretended: str, open_page: OpenPage
) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    page.route("**/predict", lambda _: None)
    page.wait_for_timeout(500)
    unplug(page)
    page.unroute("**/predict")
    plug_in(page)
    expect(page.locator(".face")).to_be_visible()


def test_no_other_camera_takes_the_place_of_one_that_went_away(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    unplug(page)
    devices = "navigator.mediaDevices.enumerateDevices = async () => [{ kind: 'videoinput', deviceId: 'b', label: '' }]"
    page.evaluate(devices)
    plug_in(page)
    page.wait_for_timeout(1000)
    assert not page.evaluate(PLAYS)


def test_a_camera_that_went_while_nobody_looked_is_tried_again(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    unplug_unseen(page)
    page.wait_for_timeout(1500)
    assert not page.evaluate(PLAYS)  # nobody looks yet
    page.evaluate(HIDE, False)
    deadline = time.monotonic() + 15
    while not page.evaluate(PLAYS) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert page.evaluate(PLAYS)
    expect(page.locator(".face")).to_be_visible()


def test_the_only_camera_that_went_while_nobody_looked_and_is_still_away(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    unplug_unseen(page)
    page.evaluate("""() => {
        const devices = navigator.mediaDevices, ask = devices.getUserMedia.bind(devices);
        devices.getUserMedia = () => Promise.reject(new DOMException("none", "NotFoundError"));
        window.plugIn = () => { devices.getUserMedia = ask; };
    }""")
    page.evaluate(HIDE, False)
    expect(page.get_by_role("alert")).to_contain_text("The camera went away")
    page.evaluate("plugIn()")
    plug_in(page)
    expect(page.locator(".face")).to_be_visible()


def test_a_camera_that_was_switched_off_stays_off(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    unplug(page)
    page.evaluate(HIDE, True)
    page.evaluate(HIDE, False)
    page.wait_for_timeout(500)
    assert page.locator("#video").evaluate("video => video.srcObject") is None


def test_a_camera_that_sends_no_more_frames_is_given_up(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    page.evaluate("document.querySelector('#video').requestVideoFrameCallback = () => {}")
    expect(page.get_by_role("alert")).to_contain_text("The camera went away", timeout=15_000)


def test_the_mirror_turns_boxes_without_a_new_answer(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended, **WIDE)
    start(page)
    box = page.locator(".face")
    expect(box).to_be_visible()
    page.route("**/predict", lambda _: None)
    page.wait_for_timeout(500)
    before = on_page(box).left
    switch(page, "mirror", False)
    assert on_page(box).left < before - 100


def test_the_focus_stays_where_the_user_is(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    expect(page.locator("#stop")).to_be_focused()  # since the button that was pressed is gone
    page.locator(".settings summary").click()
    page.locator("[name=resolution]").focus()
    page.locator("[name=resolution]").select_option("320")
    unplug(page)
    expect(page.locator("[name=resolution]")).to_be_focused()


def test_all_scores_stand_in_cards_and_in_a_table(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    card = page.locator("#readings li[data-colour]")
    expect(card).to_have_count(1)
    expect(card.locator(".bars .name")).to_have_text(["happy", "angry", "1-15", "16-25"])
    expect(card.locator(".bars .share")).to_have_text(["93%", "7%", "20%", "80%"])
    expect(card.locator(".best .name")).to_have_text(["happy", "16-25"])
    scale = card.locator(".scale:visible")
    expect(scale).to_have_count(1)
    share = on_page(scale.locator(".range")).width / on_page(scale.locator("div")).width
    assert abs(share - (25 - 17.2) / 25) < 0.01  # the interval, up to the last year that the card knows
    rows = page.locator("#table tr")
    expect(rows).to_have_count(5)
    expect(rows.first).to_have_text("Face 1Apparent expressionhappy93%")


@pytest.mark.parametrize(("locale", "text"), [("en-GB", "Start camera"), ("es-AR", "Encender cámara")])
def test_language_by_wish(pretended: str, open_page: OpenPage, locale: str, text: str) -> None:
    page = open_page(pretended, locale=locale)
    expect(page.locator("#start")).to_have_text(text)


def test_language_by_switch(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    page.get_by_role("link", name="Español").click()
    page.wait_for_selector("html[lang=es] main:not([inert])")
    page.get_by_role("button", name="Encender cámara").click()
    expect(page.locator("#announcer")).to_contain_text("1 rostro. Rostro 1: alegría, 16-25")
    expect(page.locator("#readings h4").first).to_have_text("Expresión aparente")


# Makes it later for the page by `later` ms.
LATER = "const { now } = performance; performance.now = () => now.call(performance) + (window.later ?? 0);"


def run_once(page: Page, later: int, saved: bool, answer: Callable[[Dialog], None]) -> list[Dialog]:
    """A run of three seconds and `later` ms, which is downloaded or not; the questions that come, each answered."""
    asked: list[Dialog] = []

    def hear(dialog: Dialog) -> None:
        asked.append(dialog)
        answer(dialog)

    page.on("dialog", hear)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    page.evaluate(f"window.later = {later}")
    expect(page.locator("#summary")).to_contain_text("3 s", timeout=15_000)
    page.get_by_role("button", name="Stop camera").click()
    if saved:
        kept_seconds(page)
    return asked


@pytest.mark.parametrize(("later", "saved"), [(0, False), (61_000, False), (61_000, True)])
def test_a_long_run_is_not_lost_by_a_click(pretended: str, open_page: OpenPage, later: int, saved: bool) -> None:
    page = open_page(pretended, script=LATER)
    asked = run_once(page, later, saved, Dialog.accept)
    page.get_by_role("link", name="Español").click()
    page.wait_for_selector("html[lang=es]")
    assert [dialog.type for dialog in asked] == (["beforeunload"] if later and not saved else [])


@pytest.mark.parametrize(("later", "saved"), [(0, False), (61_000, False), (61_000, True)])
def test_a_long_run_is_not_lost_by_a_new_one(pretended: str, open_page: OpenPage, later: int, saved: bool) -> None:
    page = open_page(pretended, script=LATER)
    asked = run_once(page, later, saved, Dialog.dismiss)
    page.get_by_role("button", name="Start camera").click()
    if not later or saved:
        expect(page.locator(".face")).to_be_visible()
        assert not asked
    else:
        question = "What was seen over time has not been downloaded. Start anew in its place?"
        assert [dialog.message for dialog in asked] == [question]
        expect(page.get_by_role("button", name="Start camera")).to_be_visible()
        assert kept_seconds(page)


def test_what_the_network_sees(pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator(".face")).to_be_visible()
    expect(page.locator(".sees")).to_be_hidden()
    expect(page.locator(".face path")).to_have_attribute("d", "")
    assert not any(call["explain"] for call in analyze.calls)
    switch(page, "explain", True)
    expect(page.locator(".sees p")).to_have_text("Orange speaks for the expression, blue against it.")
    expect(page.locator(".sees p")).to_be_visible()
    for image in page.locator(".sees img").all():
        assert image.evaluate("image => image.naturalWidth") == 1
    warm = "canvas => [...canvas.getContext('2d').getImageData(1, 0, 1, 1).data]"
    red, _, blue, alpha = page.locator(".sees canvas").evaluate(warm)
    assert red > blue
    assert alpha == 200
    assert page.locator(".face path").get_attribute("d").count("M") == 68  # type: ignore[union-attr]
    switch(page, "explain", False)
    expect(page.locator(".sees")).to_be_hidden()


class TestOverTime:
    @pytest.fixture
    def page(self, pretended: str, open_page: OpenPage) -> Page:
        page = open_page(pretended)
        expect(page.locator("#csv")).to_be_disabled()
        start(page)
        expect(page.locator("#summary tr")).to_have_count(1)
        page.wait_for_timeout(1200)
        return page

    def test_is_drawn_and_summed_up(self, page: Page) -> None:
        expect(page.locator("#chart")).to_have_attribute(
            "aria-label", re.compile("of face 1 over the last two minutes")
        )
        shapes = page.locator("#chart path").evaluate_all("paths => paths.map((path) => path.getBBox().height)")
        assert shapes == pytest.approx([93, 7], abs=0.2)
        expect(page.locator("#legend li")).to_have_text(["happy", "angry"])
        expect(page.locator("#summary td")).to_have_text(
            ["Face 1", re.compile(r"\d s"), "happy, 100% of the time", "22 years"]
        )
        page.get_by_role("button", name="Stop camera").click()
        expect(page.locator("#summary tr")).to_have_count(1)  # it can still be read, and kept
        expect(page.locator("#csv")).to_be_enabled()

    def test_can_be_kept_as_csv_and_json(self, page: Page) -> None:
        rows = list(csv.DictReader(io.StringIO(self.kept(page, "#csv", "csv").decode())))
        assert len(rows) >= 4
        assert float(rows[-1]["seconds"]) >= 1
        assert {row["track"] for row in rows} == {"1"}
        assert rows[0]["emotion"] == "happy"
        assert (float(rows[0]["emotion_happy"]), float(rows[0]["age_years"])) == (0.93, 21.6)
        assert (float(rows[0]["left"]), float(rows[0]["bottom"])) == (10, 35)
        kept = json.loads(self.kept(page, "#json", "json"))
        assert len(kept["samples"]) >= len(rows)
        assert kept["samples"][0]["said"]["age"]["interval"] == [17.2, 27.9]

    def test_a_picture_with_its_boxes(self, page: Page) -> None:
        with page.expect_download() as download:
            page.get_by_role("button", name="Save picture").click()
        picture = Pillow.open(download.value.path())
        assert (picture.format, picture.size) == ("PNG", (640, 480))
        # The box from 10 to 30 pixels, as a mirror shows it, in the first face's blue.
        edge = np.array(picture.convert("RGB"))[22, 606:614].astype(int)
        assert np.abs(edge - (0x7C, 0xC4, 0xFF)).max(axis=1).min() < 60

    @staticmethod
    def kept(page: Page, button: str, ending: str) -> bytes:
        with page.expect_download() as download:
            page.locator(button).click()
        assert re.fullmatch(rf"facelab-[\dT-]+\.{ending}", download.value.suggested_filename)
        return download.value.path().read_bytes()

"""Photographs: scaled down, turned upright, several at once, pasted, and the sample."""

import csv
import io
import json
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import FilePayload, Page, Route, expect
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app import create_app
from facelab.types import Analysis, Prediction
from tests.browser import clip
from tests.browser.acting import WIDE, choose, on_page, shown_at, start, switch
from tests.browser.conftest import OpenPage, serving
from tests.builders import CARDS, PREDICTIONS, FakeAnalyze, face, overlap

pytestmark = pytest.mark.browser


class Unordered(FakeAnalyze):
    """Answers for the age first and the expression last."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        gender = {**CARDS["emotion"], "name": "gender", "title": "Apparent gender"}
        self.cards = {"age": CARDS["age"], "gender": gender, "emotion": CARDS["emotion"]}

    def __call__(self, data: bytes, **options: Any) -> Analysis:
        analysis = super().__call__(data, **options)
        gender = Prediction(label="male", score=0.9, scores={"female": 0.1, "male": 0.9})
        said = {"age": PREDICTIONS["age"], "gender": gender, "emotion": PREDICTIONS["emotion"]}
        return replace(analysis, faces=tuple(replace(report, predictions=said) for report in analysis.faces))


def sent(analyze: FakeAnalyze) -> list[Pillow.Image]:
    return [Pillow.open(io.BytesIO(call["data"])) for call in analyze.calls]


def large_and_lying() -> bytes:
    """3000 × 2400 pixels, to be shown as 2400 × 3000."""
    exif = Pillow.Exif()
    exif[0x0112] = 6
    return clip.jpeg(clip.astronaut().resize((3000, 2400)), exif=exif)


class TestLargePhoto:
    @pytest.fixture
    def analyze(self) -> FakeAnalyze:
        return FakeAnalyze(face(320, 160, 640, 480), max_bytes=5_000_000, max_pixels=3_000_000)

    def test_is_sent_small_and_upright(self, pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
        page = open_page(pretended, **WIDE)
        choose(page, large_and_lying())
        expect(page.locator(".face")).to_be_visible()
        (picture,) = sent(analyze)
        assert picture.size == (1280, 1600)
        expected = shown_at(analyze.faces[0].box, (1280, 1600), page.locator("#photo"), mirrored=False)
        assert overlap(on_page(page.locator(".face")), expected) > 0.97


def test_a_small_photo_is_sent_as_it_is(pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
    data = clip.lying_jpeg()
    choose(page := open_page(pretended), data)
    expect(page.locator(".face")).to_be_visible()
    assert analyze.calls[0]["data"] == data


def test_a_turned_webp_is_seen_as_it_is_shown(pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    clip.astronaut().resize((400, 300)).save(file, "WEBP", exif=exif)
    page = open_page(pretended)
    page.set_input_files("#file", files={"name": "a.webp", "mimeType": "image/webp", "buffer": file.getvalue()})
    expect(page.locator(".face")).to_be_visible()
    shown = page.locator("#photo").evaluate("photo => [photo.naturalWidth, photo.naturalHeight]")
    (picture,) = sent(analyze)
    assert picture.getexif() == {}
    assert list(picture.size) == shown


def test_of_a_film_in_a_picture_the_first_is_shown(pretended: str, open_page: OpenPage) -> None:
    file, size = io.BytesIO(), (64, 48)
    first, second = (Pillow.new("RGB", size, colour) for colour in ("red", "blue"))
    first.save(file, "GIF", save_all=True, append_images=[second], duration=50, loop=0)
    page = open_page(pretended)
    page.set_input_files("#file", files={"name": "a.gif", "mimeType": "image/gif", "buffer": file.getvalue()})
    expect(page.locator(".face")).to_be_visible()
    for _ in range(3):
        seen = page.locator("#photo").evaluate("""photo => {
            const context = document.createElement("canvas").getContext("2d");
            context.drawImage(photo, 0, 0);
            return [...context.getImageData(5, 5, 1, 1).data];
        }""")
        assert seen[0] > 200 > 60 > seen[2]
        page.wait_for_timeout(70)


def test_a_format_that_only_the_browser_reads(pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
    file = io.BytesIO()
    clip.astronaut().save(file, "BMP")
    page = open_page(pretended)
    page.set_input_files("#file", files={"name": "a.bmp", "mimeType": "image/bmp", "buffer": file.getvalue()})
    expect(page.locator(".face")).to_be_visible()
    assert sent(analyze)[0].format == "JPEG"


def test_several_make_a_gallery(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    photo = clip.jpeg(clip.astronaut())
    files: list[FilePayload] = [
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo},
        {"name": "b.txt", "mimeType": "image/jpeg", "buffer": b"Once upon a time"},
        {"name": "c.jpg", "mimeType": "image/jpeg", "buffer": photo},
    ]
    page.set_input_files("#file", files=files)
    thumbnails = page.locator("#gallery button")
    expect(thumbnails).to_have_text(["1 face", "not analysed", "1 face"])
    expect(page.locator(".face")).to_have_count(1)
    thumbnails.nth(1).click()
    expect(thumbnails.nth(1)).to_have_attribute("aria-pressed", "true")
    page.emulate_media(forced_colors="active")
    widths = thumbnails.evaluate_all("all => all.map((one) => getComputedStyle(one).borderTopWidth)")
    assert widths == ["1px", "3px", "1px"]
    expect(page.locator("#notice")).to_contain_text("a JPEG, PNG, WebP or GIF picture was expected")
    expect(page.locator(".face")).to_have_count(0)
    thumbnails.nth(2).click()
    expect(page.locator(".face")).to_have_count(1)
    expect(page.locator("#notice")).to_be_hidden()
    page.get_by_role("button", name="Close photos").click()
    expect(page.locator("#gallery")).to_be_hidden()
    expect(page.locator("#consent")).to_be_visible()


# Counts what changes of what is said of the photo that is shown.
WATCH = """() => {
    window.changes = 0;
    const observer = new MutationObserver((list) => { window.changes += list.length; });
    const all = { subtree: true, childList: true, characterData: true };
    for (const id of ["table", "notice", "readings"]) observer.observe(document.getElementById(id), all);
}"""


@pytest.mark.parametrize(("data", "note"), [(clip.jpeg(clip.astronaut()), "1 face"), (b"Once upon", "not analysed")])
def test_answers_of_other_photos_leave_what_is_read(
    pretended: str, open_page: OpenPage, data: bytes, note: str
) -> None:
    page = open_page(pretended)
    asked: list[Route] = []

    def hold_second(route: Route) -> None:
        asked.append(route)
        if len(asked) != 2:
            route.continue_()

    page.route("**/predict", hold_second)
    photo: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": clip.jpeg(clip.astronaut())}
    files: list[FilePayload] = [{**photo, "buffer": data}, photo, photo]
    page.set_input_files("#file", files=files)
    thumbnails = page.locator("#gallery button")
    expect(thumbnails).to_have_text([note, "…", "…"])
    page.wait_for_timeout(500)
    page.evaluate(WATCH)
    asked[1].continue_()
    expect(thumbnails).to_have_text([note, "1 face", "1 face"])
    assert page.evaluate("window.changes") == 0


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(pretended: str, open_page: OpenPage, status: int) -> None:
    page, asked = open_page(pretended), []

    def busy_once(route: Route) -> None:
        asked.append(time.monotonic())
        if len(asked) > 1:
            route.continue_()
        else:
            route.fulfill(status=status, headers={"Retry-After": "2"}, body="busy")

    page.route("**/predict", busy_once)
    choose(page, clip.jpeg(clip.astronaut()))
    expect(page.locator("#notice")).to_have_text("The server is busy. Next try in 2 seconds.")
    expect(page.locator(".face")).to_be_visible()
    expect(page.locator("#notice")).to_be_hidden()
    assert len(asked) == 2
    assert asked[1] - asked[0] >= 1.9


def test_a_photo_that_cannot_be_asked_for_anew_stays(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    choose(page, clip.jpeg(clip.astronaut()))
    expect(page.locator(".face")).to_be_visible()
    page.route("**/predict*", lambda route: route.abort())
    switch(page, "explain", True)
    expect(page.locator("#notice")).to_contain_text("The server does not answer")
    expect(page.locator(".face")).to_be_visible()
    page.unroute("**/predict*")
    switch(page, "explain", False)
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator(".face")).to_be_visible()


def test_a_server_that_comes_back_answers_the_photos_that_waited(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    page.route("**/predict*", lambda route: route.abort())
    photo: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": clip.jpeg(clip.astronaut())}
    page.set_input_files("#file", files=[photo, photo])
    expect(page.locator("#notice")).to_contain_text("The server does not answer. Is it running? Next try in")
    expect(page.locator("#status")).to_have_text("No answer")
    page.unroute("**/predict*")
    expect(page.locator("#gallery button")).to_have_text(["1 face", "1 face"])
    expect(page.locator("#notice")).to_be_hidden()


def test_the_focus_is_not_lost_with_a_button(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    for button in ("#snapshot", "#csv"):
        choose(page, clip.jpeg(clip.astronaut()))
        expect(page.locator(".face")).to_be_visible()
        expect(page.locator(button)).to_be_enabled()
        page.locator(button).focus()
        page.evaluate("window.before = document.querySelector('#photo').src")
        choose(page, clip.jpeg(clip.astronaut()))
        page.wait_for_function("document.querySelector('#photo').src !== window.before")
        expect(page.locator("#stop")).to_be_focused()


def test_a_small_picture_is_kept_large_enough_to_be_read(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    choose(page, clip.jpeg(clip.astronaut().resize((120, 90))))
    expect(page.locator(".face")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    with Pillow.open(download.value.path()) as picture:
        assert picture.size == (512, 384)


def test_a_picture_that_cannot_be_shown_is_not_kept(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    photo: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"Once upon a time"}
    page.set_input_files("#file", files=[photo, photo])
    expect(page.locator("#gallery button")).to_have_text(["not analysed", "not analysed"])
    expect(page.get_by_role("button", name="Save picture")).to_be_disabled()


def test_a_picture_with_its_boxes_is_not_mirrored(pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
    analyze.faces = (face(100, 100, 200, 200),)
    page = open_page(pretended)
    choose(page, clip.jpeg(clip.astronaut()))
    expect(page.locator(".face")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    kept = np.asarray(Pillow.open(download.value.path()).convert("RGB")).astype(int)
    assert kept.shape == (512, 512, 3)
    blue = np.abs(kept - (0x7C, 0xC4, 0xFF)).max(axis=2) < 60
    assert blue[150, 97:104].any()
    assert blue[150, 197:204].any()
    away = np.abs(kept - np.asarray(clip.astronaut())).mean(axis=2)
    assert away[300:, :].mean() < 10  # as it was, but for the JPEG


def test_faces_of_photos_can_be_kept(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    photo: FilePayload = {"name": "a, b.jpg", "mimeType": "image/jpeg", "buffer": clip.jpeg(clip.astronaut())}
    files: list[FilePayload] = [photo, {**photo, "buffer": b"Once upon a time"}, {**photo, "name": "c.jpg"}]
    page.set_input_files("#file", files=files)
    expect(page.locator("#gallery button")).to_have_text(["1 face", "not analysed", "1 face"])
    rows = csv.DictReader(io.StringIO(kept(page, "csv").decode()))
    assert [(row["file"], row["emotion"]) for row in rows] == [
        *[("a, b.jpg", "happy"), ("a, b.jpg (2)", ""), ("c.jpg", "happy")]
    ]
    samples = json.loads(kept(page, "json"))["samples"]
    assert [sample.get("face") for sample in samples] == [1, None, 1]
    assert "expected" in samples[1]["error"]


def test_a_film_is_not_sent(pretended: str, open_page: OpenPage) -> None:
    page, asked = open_page(pretended), list[str]()

    def note(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route("**/predict", note)
    page.set_input_files("#file", files={"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"film" * 1000})
    expect(page.locator("#trouble")).to_contain_text("Is it a folder, a film, or gone?")
    expect(page.locator("#status")).to_have_text("Not analysed")
    assert asked == []


def test_a_run_can_be_kept_again_once_photos_are_closed(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    start(page)
    expect(page.locator("#summary tr")).to_have_count(1)
    page.route("**/predict", lambda route: route.abort())
    choose(page, clip.jpeg(clip.astronaut()))
    expect(page.locator("#csv")).to_be_disabled()  # nothing is known of the photo
    expect(page.locator("#summary")).to_be_hidden()
    page.unroute("**/predict")
    expect(page.locator("#csv")).to_be_enabled()
    assert kept(page, "csv").startswith(b"file,")
    page.get_by_role("button", name="Close photos").click()
    assert kept(page, "csv").startswith(b"seconds,")
    expect(page.locator("#summary")).to_be_visible()


def kept(page: Page, name: str) -> bytes:
    """The file that is downloaded as `name`."""
    with page.expect_download() as download:
        page.locator(f"#{name}").click()
    return download.value.path().read_bytes()


def test_pasted(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    give(page, "new ClipboardEvent('paste', { clipboardData: data, bubbles: true })")
    expect(page.locator(".face")).to_be_visible()


def test_dropped(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    give(page, "new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })")
    expect(page.locator(".face")).to_be_visible()


def give(page: Page, event: str) -> None:
    """Lets an event bring a photo as its `data`."""
    page.evaluate(f"""async () => {{
        const canvas = Object.assign(document.createElement("canvas"), {{ width: 80, height: 60 }});
        canvas.getContext("2d");
        const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg"));
        const data = new DataTransfer();
        data.items.add(new File([blob], "photo.jpg", {{ type: "image/jpeg" }}));
        document.body.dispatchEvent({event});
    }}""")


def test_the_sample(pretended: str, open_page: OpenPage, analyze: FakeAnalyze) -> None:
    page = open_page(pretended)
    page.get_by_role("button", name="Try a sample").click()
    expect(page.locator(".face")).to_be_visible()
    assert sent(analyze)[0].size == (512, 512)


def test_a_page_below_a_path(analyze: FakeAnalyze, open_page: OpenPage) -> None:
    app = create_app(None, analyze)
    app.wsgi_app = DispatcherMiddleware(NotFound(), {"/faces": app.wsgi_app})  # type: ignore[method-assign]
    with serving(app) as address:
        page = open_page(f"{address}/faces/")
        page.get_by_role("button", name="Try a sample").click()
        expect(page.locator(".face")).to_be_visible()


def test_a_photo_is_explained_when_the_switch_is_turned(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    choose(page, clip.jpeg(clip.astronaut()))
    expect(page.locator(".face")).to_be_visible()
    switch(page, "explain", True)
    expect(page.locator(".sees")).to_be_visible()


class TestAllNetworks:
    """The page's order is its own, whatever the server's."""

    @pytest.fixture
    def analyze(self) -> FakeAnalyze:
        return Unordered(max_bytes=5_000_000)

    def test_come_in_one_order(self, pretended: str, open_page: OpenPage) -> None:
        page = open_page(pretended)
        choose(page, clip.jpeg(clip.astronaut()))
        expect(page.locator("#readings h4")).to_have_text(["Apparent expression", "Apparent gender", "Apparent age"])
        expect(page.locator(".tag span")).to_have_text("male 90% · 22 years (17–28)")
        labels = page.locator("#table tr td:nth-child(3)")
        expect(labels).to_have_text(["happy", "angry", "female", "male", "22 years (17–28)", "1-15", "16-25"])


def test_a_sample_that_is_not_there(pretended: str, open_page: OpenPage) -> None:
    page = open_page(pretended)
    page.route("**/sample.jpg", lambda route: route.abort())
    page.get_by_role("button", name="Try a sample").click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")

"""A Chromium with a camera that plays a clip, and services for its page to talk to."""

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from app import create_app
from tests.browser.clip import write_clip
from tests.builders import FakeAnalyze

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    # A name that is not this machine's: an insecure address.
    "--host-resolver-rules=MAP facelab.test 127.0.0.1",
)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Grants the camera, which plays the clip."""
    clip = tmp_path_factory.mktemp("camera") / "clip.mjpeg"
    write_clip(clip)
    with launch(playwright, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={clip}") as browser:
        yield browser


@contextmanager
def launch(playwright: Playwright, *arguments: str) -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    assert path, f"one of {', '.join(names)} was expected on the PATH; `make chromium` installs it"
    browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *arguments])
    yield browser
    browser.close()


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[str]:
    """The address at which `app` is served meanwhile, at a free port if `port` is 0."""

    def whole(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # Made and closed here: where a browser has hung up, Werkzeug's server leaves an answer, and its file, open.
        return Response.from_app(app, environ, buffered=True)(environ, start_response)

    server = make_server("127.0.0.1", port, whole, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def real() -> Iterator[str]:
    """The service as it is shipped, with its networks."""
    with serving(create_app()) as address:
        yield address


@pytest.fixture
def analyze() -> FakeAnalyze:
    return FakeAnalyze(max_bytes=5_000_000)


@pytest.fixture
def pretended(analyze: FakeAnalyze) -> Iterator[str]:
    """The service before a pretended pipeline."""
    with serving(create_app(None, analyze)) as address:
        yield address


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens the page of a service. Errors in its scripts, and what its policy blocks, fail the test."""
    contexts, errors = [], []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            errors.append(message.text)

    def open_page(address: str, *, script: str = "", **options: object) -> Page:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        contexts.append(context)
        context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.wait_for_selector("main:not([inert])")  # its scripts run
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []

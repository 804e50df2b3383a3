"""Who may ask, from where, and how often."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import create_app
from facelab.settings import SETTINGS
from tests.builders import FakeAnalyze, encoded
from tests.test_web import assert_problem, raw

JPEG = encoded()
SESAME = "sesame"
PAGES_PACE = 10  # frames a second: PACE_MS in static/live.js


def asked(**settings: Any) -> FlaskClient:
    return create_app(settings, FakeAnalyze()).test_client()


def predict(client: FlaskClient, **more: Any) -> int:
    return client.post("/predict", **raw(JPEG), **more).status_code


def authorization(text: str) -> dict[str, Any]:
    return {"headers": {"Authorization": text}}


@pytest.mark.parametrize("given", ["Bearer sesame", "bearer sesame", "BEARER sesame"])
def test_the_token_opens(given: str) -> None:
    client = asked(TOKEN=SESAME)
    assert predict(client, **authorization(given)) == 200
    assert client.get("/metrics", **authorization(given)).status_code == 200


@pytest.mark.parametrize(
    ("given", "came"),
    [
        ("", "none came"),
        ("sesame", "none came"),
        ("Basic c2VzYW1lOnNlc2FtZQ==", "none came"),
        ("Bearer", "none came"),
        ("Bearer open", "another came"),
        ("Bearer sesame2", "another came"),
        ("Bearer sésame", "another came"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/predict"), ("GET", "/metrics")])
def test_no_other_does(given: str, came: str, method: str, path: str) -> None:
    analyze = FakeAnalyze()
    client = create_app({"TOKEN": SESAME}, analyze).test_client()
    answer = client.open(path, method=method, **authorization(given))
    assert_problem(answer, 401, came)
    error = ", error=invalid_token" if came == "another came" else ""
    assert answer.headers["WWW-Authenticate"] == f'Bearer realm="facelab API"{error}'
    assert analyze.calls == []


@pytest.mark.parametrize("path", ["/", "/about", "/docs", "/openapi.json", "/models", "/healthz", "/readyz"])
def test_the_rest_stays_open(path: str) -> None:
    assert asked(TOKEN=SESAME).get(path).status_code == 200


def test_the_contract_tells_of_the_token() -> None:
    document = asked(TOKEN=SESAME).get("/openapi.json").json
    assert document is not None
    OpenAPIV31SpecValidator(document).validate()
    predict = document["paths"]["/predict"]["post"]
    assert predict["security"] == [{"bearer": []}]
    assert {"401", "429"} < set(predict["responses"])
    assert "401" not in document["paths"]["/models"]["get"]["responses"]


def test_too_often() -> None:
    client = asked(RATE="3 per minute")
    assert [predict(client) for _ in range(3)] == [200] * 3
    answer = client.post("/predict", **raw(JPEG))
    assert_problem(answer, 429, "at most 3 per 1 minute were expected of one client")
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert client.get("/").status_code == client.get("/healthz").status_code == 200


def test_wrong_tokens_count_too() -> None:
    client = asked(RATE="3 per minute", TOKEN=SESAME)
    assert [predict(client) for _ in range(5)] == [401, 401, 401, 429, 429]


def test_the_page_at_its_pace_stays_below_the_limit() -> None:
    script = (Path(__file__).parent.parent / "static" / "live.js").read_text()
    assert f"const PACE_MS = {1000 // PAGES_PACE};" in script
    client = asked()
    assert client.application.config["RATE"] == SETTINGS["RATE"].default
    assert {predict(client) for _ in range(60 * PAGES_PACE)} == {200}


@pytest.mark.parametrize(
    ("proxies", "client_of", "statuses"),
    [
        # Nobody in front: a header that says so is a lie, and all are one client.
        (0, lambda number: f"10.0.0.{number}", [200, 429, 429]),
        # One proxy adds the client's address at the end.
        (1, lambda number: f"10.0.0.{number}", [200, 200, 200]),
        (1, lambda number: f"10.0.0.{number}, 10.9.9.9", [200, 429, 429]),
        (1, lambda number: f"10.0.0.1:{5000 + number}", [200, 429, 429]),  # Azure's tells the port
        (1, lambda number: f"2001:db8::{number}", [200, 429, 429]),  # a client has all of these
        (1, lambda number: f"[2001:db8::{number}]:443", [200, 429, 429]),
        (1, lambda number: f"2001:db8:0:{number}::1", [200, 200, 200]),
        (1, lambda number: f"::ffff:10.0.0.{number}", [200, 200, 200]),  # IPv4, to a socket that is for both
        (1, lambda _: "::ffff:10.0.0.1", [200, 429, 429]),
        (1, lambda _: "unknown", [200, 429, 429]),
        (1, lambda _: "[oops", [200, 429, 429]),
        (1, lambda _: "a]b", [200, 429, 429]),
        (2, lambda number: f"6.6.6.{number}, 10.0.0.1, 172.16.0.1", [200, 429, 429]),
        (2, lambda number: f"6.6.6.6, 10.0.0.{number}, 172.16.0.1", [200, 200, 200]),
    ],
)
def test_clients_are_told_apart(proxies: int, client_of: Callable[[int], str], statuses: list[int]) -> None:
    client = asked(RATE="1 per minute", PROXIES=proxies)
    assert [predict(client, headers={"X-Forwarded-For": client_of(number)}) for number in range(3)] == statuses


def test_without_its_store_each_process_counts() -> None:
    client = asked(RATE="2 per minute", RATE_STORE="redis://127.0.0.1:1/0")
    assert [predict(client) for _ in range(3)] == [200, 200, 429]


def test_a_store_that_goes_while_many_ask_refuses_none() -> None:
    app = asked(RATE="100 per minute", RATE_STORE="redis://127.0.0.1:1/0").application
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: predict(app.test_client()), range(24))) == {200}


PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}


@pytest.mark.parametrize(
    ("setting", "origin", "allowed"),
    [
        ("", "https://a.example", None),
        (["https://a.example"], "https://a.example", "https://a.example"),
        (["https://b.example", "http://a.example:8080"], "http://a.example:8080", "http://a.example:8080"),
        (["https://a.example"], "https://evil.example", None),
        (["https://a.example"], "https://a.example.evil.example", None),
        (["https://a.example"], "http://a.example", None),
        (["http://[::1]:3000"], "http://[::1]:3000", "http://[::1]:3000"),
        (["http://[::1]:3000"], "http://1:3000", None),
        (["http://[::1]"], "http://[::1]:3000", None),
        (["*"], "https://a.example", "*"),
    ],
)
def test_origins(setting: Any, origin: str, allowed: str | None) -> None:
    client = asked(CORS_ORIGINS=setting, TOKEN=SESAME)
    before = client.options("/predict", headers={"Origin": origin, **PREFLIGHT})
    answer = client.post("/predict", **raw(JPEG), headers={"Origin": origin, "Authorization": "Bearer sesame"})
    assert before.status_code == answer.status_code == 200
    for one in (before, answer):
        assert one.headers.get("Access-Control-Allow-Origin") == allowed
        assert "Access-Control-Allow-Credentials" not in one.headers
    assert ("authorization" in before.headers.get("Access-Control-Allow-Headers", "")) == bool(allowed)


def test_an_origin_reads_problems_too_but_no_pages() -> None:
    client = asked(CORS_ORIGINS=["https://a.example"])
    for path, allowed in (("/predict", "https://a.example"), ("/metrics", None), ("/", None)):
        answer = client.get(path, headers={"Origin": "https://a.example"})
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed


def test_no_package_has_a_known_hole() -> None:
    """Asks PyPI of every package in requirements-service.txt; skipped where PyPI does not tell."""
    options = ["--disable-pip", "--no-deps", "-r", "requirements-service.txt", "-f", "json"]
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", *options],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if not done.stdout:
        pytest.skip("pip-audit: " + done.stderr.strip().splitlines()[-1])
    packages = json.loads(done.stdout)["dependencies"]
    if not any("vulns" in package for package in packages):
        pytest.skip("pip-audit: " + packages[0]["skip_reason"])
    assert [package for package in packages if package.get("vulns")] == []

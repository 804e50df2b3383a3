"""What is counted and timed."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from app import create_app
from tests.builders import FakeAnalyze, encoded, face
from tests.test_web import raw

JPEG = encoded()


@pytest.fixture
def registry(service: Flask) -> CollectorRegistry:
    return service.extensions["metrics"].registry


@pytest.mark.parametrize(
    ("method", "path", "status", "route", "reason"),
    [
        ("GET", "/healthz", 200, "/healthz", None),
        ("GET", "/static/main.js", 200, "/static/<path:filename>", None),
        ("GET", "/nowhere", 404, "none", "NotFound"),
        ("BREW", "/predict", 405, "none", "MethodNotAllowed"),
        ("POST", "/predict", 400, "/predict", "RequestError"),
    ],
)
def test_requests_by_route_and_refusals_by_reason(
    client: FlaskClient,
    registry: CollectorRegistry,
    method: str,
    path: str,
    status: int,
    route: str,
    reason: str | None,
) -> None:
    client.open(path, method=method).close()
    assert registry.get_sample_value("facelab_requests_total", {"route": route, "status": str(status)}) == 1
    assert registry.get_sample_value("facelab_request_seconds_count", {"route": route}) == 1
    rejects = registry.get_sample_value("facelab_rejects_total", {"reason": reason or "none"})
    assert rejects == (1 if reason else None)


@pytest.mark.parametrize(
    ("body", "reason"), [(b"text", "NotAnImage"), (JPEG[:200], "CorruptImage"), (bytes(200_000), "ImageTooLarge")]
)
def test_refused_pictures(client: FlaskClient, registry: CollectorRegistry, body: bytes, reason: str) -> None:
    client.post("/predict", **raw(body))
    assert registry.get_sample_value("facelab_rejects_total", {"reason": reason}) == 1


def test_faces_and_stages(client: FlaskClient, analyze: FakeAnalyze, registry: CollectorRegistry) -> None:
    analyze.faces = (face(), face())
    for _ in range(3):
        client.post("/predict", **raw(JPEG))
    assert registry.get_sample_value("facelab_faces_total") == 6
    assert registry.get_sample_value("facelab_stage_seconds_count", {"stage": "total"}) == 3
    assert registry.get_sample_value("facelab_stage_seconds_sum", {"stage": "total"}) == pytest.approx(0.003)


def test_the_queue(service: Flask, registry: CollectorRegistry) -> None:
    with service.extensions["facelab"].places.one():
        assert registry.get_sample_value("facelab_queue") == 1
    assert registry.get_sample_value("facelab_queue") == 0


def test_scraped(client: FlaskClient) -> None:
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=")
    assert "# TYPE facelab_stage_seconds histogram" in answer.text
    assert "process_resident_memory_bytes" in answer.text


def test_each_app_has_its_own(client: FlaskClient) -> None:
    client.get("/healthz")
    other = create_app(None, FakeAnalyze()).extensions["metrics"].registry
    assert other.get_sample_value("facelab_requests_total", {"route": "/healthz", "status": "200"}) is None

"""What is counted and timed, in Prometheus' format."""

import time

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from facelab.places import Queue
from facelab.types import Analysis

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
NO_ROUTE = "none"  # addresses that do not exist are one series, or anyone could fill the memory with them

metrics = Blueprint("metrics", __name__)


class Metrics:
    """An app's own figures."""

    def __init__(self, queue: Queue) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter("facelab_requests", "Requests", ["route", "status"], registry=registry)
        self.seconds = Histogram("facelab_request_seconds", "Time", ["route"], registry=registry, buckets=SECONDS)
        self.stages = Histogram(
            "facelab_stage_seconds",
            "Stages of an analysis, which may overlap",
            ["stage"],
            registry=registry,
            buckets=SECONDS,
        )
        self.faces = Counter("facelab_faces", "Faces found", registry=registry)
        self.rejects = Counter("facelab_rejects", "Requests refused", ["reason"], registry=registry)
        depth = Gauge("facelab_queue", "Pictures that are analysed or wait", registry=registry)
        depth.set_function(lambda: queue.places.taken)

    def analysed(self, analysis: Analysis) -> None:
        self.faces.inc(len(analysis.faces))
        for stage, milliseconds in analysis.timing_ms.items():
            self.stages.labels(stage).observe(milliseconds / 1000)

    def answered(self, status: int, seconds: float) -> None:
        """Counts the request at hand; `g.reason` is set where it was refused."""
        route = request.url_rule.rule if request.url_rule else NO_ROUTE
        self.requests.labels(route, status).inc()
        self.seconds.labels(route).observe(seconds)
        if reason := g.get("reason"):
            self.rejects.labels(reason).inc()


def init_app(app: Flask, queue: Queue) -> None:
    """Counts every request from now on. The journal is there."""
    app.extensions["metrics"] = Metrics(queue)
    app.register_blueprint(metrics)


@metrics.get("/metrics")
def scrape() -> Response:
    """This process's figures for Prometheus."""
    return Response(generate_latest(current_app.extensions["metrics"].registry), content_type=CONTENT_TYPE_LATEST)


@metrics.after_app_request
def count(response: Response) -> Response:
    current_app.extensions["metrics"].answered(response.status_code, time.perf_counter() - g.start)
    return response

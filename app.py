"""How the parts are joined. Importing this module loads nothing; the factory loads the networks, once."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from facelab import guard, health, journal, metrics, openapi, pages, web
from facelab.analyzer import load_analyzer
from facelab.places import Queue
from facelab.settings import settings
from facelab.types import Analyze


def create_app(config: Mapping[str, Any] | None = None, analyze: Analyze | None = None) -> Flask:
    """The service. Later settings win: defaults, FACELAB_… variables, `config`, which has the names without FACELAB_.

    A relative MODELS folder is looked for beside this file. Raises SettingError, and ModelError where it does not fit.
    """
    app = Flask(__name__)
    app.config.from_mapping(settings(os.environ) | dict(config or {}))
    queue = Queue(analyze or _load(app), app.config["QUEUE"])
    journal.init_app(app)
    metrics.init_app(app, queue)
    health.init_app(app, queue)
    guard.init_app(app)
    web.init_app(app, queue)
    pages.init_app(app)
    openapi.init_app(app)
    return app


def _load(app: Flask) -> Analyze:
    return load_analyzer(
        Path(app.root_path, app.config["MODELS"]),
        finder=app.config["FINDER"],
        max_bytes=app.config["MAX_BYTES"],
        max_pixels=app.config["MAX_PIXELS"],
        serving=True,
    )

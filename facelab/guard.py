"""Who may ask, from where, and how often."""

import hmac
import math
import re
import time
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask_cors import CORS
from flask_limiter import Limiter, RateLimitExceeded
from limits import parse_many
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from facelab.web import client, problem

SHARED = r"/(predict|models|openapi\.json|healthz|readyz)"  # what pages elsewhere may ask
# Flask-CORS would take an asterisk inside for a pattern, which other sites match.
ORIGIN = re.compile(r"https?://([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d+)?")
STORE_SECONDS = 1  # that an answer of the store may take
GUARDED = ("facelab.predict", "metrics.scrape")  # what the token is for: the page and the contract stay readable


def init_app(app: Flask) -> None:
    """Guards an app, whose settings are there, as they say."""
    if app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=app.config["PROXIES"])  # type: ignore[method-assign]
    if app.config["CORS_ORIGINS"]:
        headers = ["Retry-After", "X-Request-ID"]
        # Flask-CORS would take the brackets of an IPv6 address for a pattern's.
        patterns = [re.compile(re.escape(o) + r"\Z", re.I) if "[" in o else o for o in app.config["CORS_ORIGINS"]]
        CORS(app, resources={SHARED: {}}, origins=patterns, expose_headers=headers, send_wildcard=True)
    app.extensions["limiter"] = limiter(app)
    app.register_error_handler(RateLimitExceeded, too_often)
    app.before_request(authorize)


def limiter(app: Flask) -> Limiter:
    """Counts pictures by the client. Without its store each process counts for itself; what is under way is let in."""
    limits = [app.config["RATE"]]
    limiter = Limiter(
        client,
        app=app,
        default_limits=limits,
        storage_uri=app.config["RATE_STORE"],
        in_memory_fallback=limits,
        in_memory_fallback_enabled=True,
        storage_options={"socket_timeout": STORE_SECONDS, "socket_connect_timeout": STORE_SECONDS},
        swallow_errors=True,
    )
    limiter.request_filter(lambda: (request.method, request.endpoint) != ("POST", "facelab.predict"))
    return limiter


def too_often(error: RateLimitExceeded) -> Response:
    limit = current_app.extensions["limiter"].current_limit
    response = error.get_response()
    response.headers["Retry-After"] = str(max(1, math.ceil(limit.reset_at - time.time())))
    return problem(error, response, f"at most {limit.limit} were expected of one client, more came: ask again later")


def authorize() -> None:
    """Raises Unauthorized where a token is set and another or none came."""
    token = current_app.config["TOKEN"]
    if token and request.endpoint in GUARDED and request.method != "OPTIONS":
        given = request.authorization
        came = (given.token or "") if given and given.type == "bearer" else ""
        if not hmac.compare_digest(came.encode(), token.encode()):
            raise Unauthorized(
                "the service's token was expected (Authorization: Bearer …), "
                + ("another" if came else "none")
                + " came",
                # Werkzeug quotes what has a space, as a realm has to be quoted (RFC 9110, 11.5).
                www_authenticate=WWWAuthenticate(
                    "bearer", {"realm": "facelab API", **({"error": "invalid_token"} if came else {})}
                ),
            )


def origins(text: str) -> list[str]:
    """The origins in a list with commas, or "*" for all. Raises ValueError."""
    found = [origin.strip() for origin in text.split(",")]
    if not all(origin == "*" or ORIGIN.fullmatch(origin) for origin in found):
        raise ValueError
    return found


def token(text: str) -> str:
    """A token as `Authorization: Bearer` can bring it (RFC 6750, 2.1). Raises ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", text):
        raise ValueError
    return text


def rate(text: str) -> str:
    """A rate as `limits` reads it, of at least one question. Raises ValueError."""
    if not all(limit.amount for limit in parse_many(text)):
        raise ValueError
    return text


def store(text: str) -> str:
    """An address of counts. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme not in ("memory", "redis", "rediss") or "://" not in text or parts.port == 0:  # reading it raises
        raise ValueError
    return text

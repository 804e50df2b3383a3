"""HTTP: where a picture comes from in a request, and how an answer or an error goes back."""

import base64
import codecs
import io
import json
import string
from collections.abc import Collection, Mapping
from contextlib import suppress
from http import HTTPStatus
from ipaddress import IPv4Address, ip_address, ip_network
from typing import IO, Any
from urllib.parse import urlsplit

import flask
from flask import Blueprint, Flask, Response, current_app, g, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.wrappers import Response as AnyResponse

from facelab.errors import Busy, CorruptImage, FacelabError, ImageTooLarge, NotAnImage, NotReady, RequestError
from facelab.places import OTHERS, READING, Places, Queue
from facelab.types import Problem, all_cards

STATUS: Mapping[type[FacelabError], HTTPStatus] = {
    RequestError: HTTPStatus.BAD_REQUEST,
    ImageTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NotAnImage: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    CorruptImage: HTTPStatus.UNPROCESSABLE_ENTITY,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    NotReady: HTTPStatus.SERVICE_UNAVAILABLE,
}
RETRY_AFTER = "1"  # seconds; a place is free after some hundredths of one
PARAMETERS = ("networks", "crop", "explain")
BOOLEANS = {"0": False, "false": False, "1": True, "true": True}
WAYS = (
    "a multipart/form-data body with a file field 'image', a body of Content-Type image/*, "
    'or JSON {"image": BASE64 or data URL} was expected'
)
# Base64 takes four bytes for three and may be wrapped; a form or JSON stands around it.
BODY_PER_BYTE, ENVELOPE = 1.5, 64 * 1024
COMMAS = 100  # of a JSON body, in which [{},{},… takes 24 times as much memory once it is read; Base64 has none
BLANKS = string.whitespace.encode()
IPV6 = 64  # bits of a client's network

HEADERS = {
    # The page's photographs are blob: URLs, explanations data: URLs. Nothing is inline, nothing comes from elsewhere.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

views = Blueprint("facelab", __name__)


class Request(flask.Request):
    """Keeps uploads in memory, where Werkzeug would write the larger ones to a temporary file.

    A body that ends before its Content-Length raises ClientDisconnected, where Werkzeug leaves that to the server.
    """

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        if environ.get("CONTENT_LENGTH"):
            environ.pop("wsgi.input_terminated", None)
        super().__init__(environ, *args, **kwargs)

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return io.BytesIO()


def init_app(app: Flask, analyze: Queue) -> None:
    """Lets `app` answer with `analyze`. Its MAX_BYTES is set; the metrics are there."""
    app.request_class = Request
    app.config["MAX_CONTENT_LENGTH"] = int(app.config["MAX_BYTES"] * BODY_PER_BYTE) + ENVELOPE
    app.json.sort_keys = False  # type: ignore[attr-defined]  # labels keep their cards' order
    app.url_map.merge_slashes = False  # no redirects, whose body would be HTML
    app.extensions["facelab"] = analyze
    app.extensions["reading"] = Places(READING, "pictures", OTHERS)
    app.register_blueprint(views)


@views.get("/models")
def models() -> dict[str, Any]:
    """The networks' cards, and the finder's where it is a network."""
    return all_cards(_analyze())


@views.post("/predict")
def predict() -> dict[str, Any]:
    """The analysis of a picture: its faces, 64 at most, largest first.

    `?networks=a,b` asks a part of the networks, `?crop=1` takes the whole picture as one face, and
    `?explain=1` adds `explain` to every face, for about as much time again.
    """
    _check_parameters()
    networks, whole, explain, who = _networks(), _flag("crop"), _flag("explain"), client()
    with current_app.extensions["reading"].one(who):
        picture = _picture()
    analysis = _analyze()(picture, who=who, networks=networks, whole=whole, explain=explain)
    current_app.extensions["metrics"].analysed(analysis)
    return analysis.to_dict()


def client() -> str:
    """Who asks: an address without the port that some proxies tell, of IPv6 the network of which a client has all."""
    told = request.remote_addr or ""
    with suppress(ValueError):
        return _subscriber(told)
    with suppress(ValueError):
        return _subscriber(urlsplit(f"//{told}").hostname or "")
    return told


def _subscriber(text: str) -> str:
    """The address, or of IPv6 the network, in a text. Raises ValueError."""
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped  # what a socket for both tells of the older
    return str(mapped or ip_network((address, IPV6), strict=False))


def _analyze() -> Queue:
    return current_app.extensions["facelab"]


def _check_parameters() -> None:
    for name in request.args:
        if name not in PARAMETERS:
            raise RequestError(
                f"one or more of the parameters {', '.join(PARAMETERS)} were expected, {name[:40]!r} came"
            )


def _networks() -> list[str] | None:
    """The names in ?networks=a,b, None where all are wanted."""
    lists = request.args.getlist("networks")
    return [name.strip() for name in ",".join(lists).split(",")] if lists else None


def _flag(name: str) -> bool:
    texts = request.args.getlist(name) or ["0"]
    try:
        (text,) = texts
        return BOOLEANS[text.lower()]
    except (KeyError, ValueError):
        came = " and ".join(repr(text[:40]) for text in texts[:2])
        raise RequestError(f"{name}: one of {', '.join(BOOLEANS)} was expected once, {came} came") from None


def _picture() -> bytes:
    """The picture's bytes, whichever of the three ways they come."""
    data = _body()
    if not data:
        raise RequestError("a picture was expected, nothing came")
    return data


def _body() -> bytes:
    match request.mimetype.partition("/"):
        case "multipart", _, "form-data":
            return _form_field()
        case "application", _, "json":
            return _json_field()
        case "image", _, _:
            return _whole()
    if _whole():
        raise UnsupportedMediaType(f"{WAYS}, {request.mimetype[:80] or 'no Content-Type'} came")
    return b""


def _whole() -> bytes:
    """The body. Werkzeug cuts one in chunks, whose length nobody tells, at the limit in silence."""
    data = request.get_data()
    if request.content_length is None and len(data) == request.max_content_length:
        raise RequestEntityTooLarge
    return data


def _form_field() -> bytes:
    try:
        files = request.files.getlist("image")
    except RequestEntityTooLarge:
        if request.content_length is None or request.content_length > request.max_content_length:  # type: ignore[operator]
            raise
        raise RequestError("one file field 'image' was expected, a long text or many fields came") from None
    _check_fields({*request.form, *request.files})
    if len(files) != 1:
        raise RequestError(f"one file field 'image' was expected, {len(files)} came")
    return files[0].stream.read()


def _json_field() -> bytes:
    data = _whole()
    if data.count(b",") > COMMAS:
        raise RequestError('JSON {"image": …} was expected, with little else in it')
    try:
        # As if each byte were a character: one that is wide would make all of the others so.
        body = json.loads(data.removeprefix(codecs.BOM_UTF8).decode("latin-1"))
    except (ValueError, RecursionError):  # the latter for [[[[…
        raise RequestError('JSON {"image": …} was expected, the body is no JSON') from None
    fields = body if isinstance(body, dict) else {}
    _check_fields(fields)
    text = fields.get("image")
    if not isinstance(text, str):
        raise RequestError('JSON {"image": …} with a string was expected')
    return _base64(text)


def _check_fields(names: Collection[str]) -> None:
    """Others than 'image' mean nothing, but nobody should believe that a parameter did."""
    for name in PARAMETERS:
        if name in names:
            raise RequestError(
                f"the parameter {name} was expected in the address, as /predict?{name}=…, not in the body"
            )


def _base64(text: str) -> bytes:
    """The bytes of Base64, which may be wrapped into lines, or of a data URL (RFC 2397) of it."""
    if text[:5].lower() == "data:":
        head, _, text = text.partition(",")
        if not head.lower().endswith(";base64"):
            raise RequestError("a data URL data:…;base64,… was expected")
    try:
        return base64.b64decode(text.encode("ascii").translate(None, BLANKS), validate=True)
    except ValueError:
        raise RequestError("the image is no valid Base64") from None


@views.app_errorhandler(FacelabError)
def refuse(error: FacelabError) -> AnyResponse:
    """What was wrong with the question; any other error of ours is the server's own."""
    status = STATUS.get(type(error))
    if status is None:
        raise error
    headers = {"Retry-After": RETRY_AFTER} if isinstance(error, Busy) else {}
    return problem(error, Response(status=status, headers=headers), str(error))


@views.app_errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> AnyResponse:
    detail = f"a picture of at most {current_app.config['MAX_BYTES']:,} bytes was expected"
    return problem(error, error.get_response(), detail)


@views.app_errorhandler(ClientDisconnected)
def cut_short(error: ClientDisconnected) -> AnyResponse:
    return problem(error, error.get_response(), "the whole body was expected, it ended early or came too slowly")


@views.app_errorhandler(ParseException)
def malformed(error: ParseException) -> AnyResponse:
    """A body whose chunks are none, which Gunicorn finds while it is read."""
    return problem(error, Response(status=HTTPStatus.BAD_REQUEST), f"a body in chunks was expected: {error}")


@views.app_errorhandler(HTTPException)
def fail(error: HTTPException) -> AnyResponse:
    """Everything else, a 500 among it, which Flask has logged and whose cause is not told."""
    return problem(error, error.get_response(), error.description or "")


def problem(error: Exception, response: AnyResponse, detail: str) -> AnyResponse:
    """`response` with its status and headers, and an RFC 9457 body. Log and metrics are told the error's name."""
    g.reason = type(error).__name__
    status = HTTPStatus(response.status_code)
    body = Problem(title=status.phrase, status=status.value, detail=detail)
    response.data = current_app.json.dumps(body)
    response.content_type = "application/problem+json"
    return response


@views.after_app_request
def protect(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.method == "POST":  # what was seen in a picture stays in no cache
        response.headers["Cache-Control"] = "no-store"
    return response

"""The service's contract as OpenAPI 3.1, made of its routes, the types it answers with and the networks' cards."""

import inspect
import re
from collections.abc import Collection, Mapping
from typing import Any

from apispec import APISpec
from flask import Blueprint, Flask, current_app, request
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from werkzeug.routing import Rule

from facelab import guard, web
from facelab.cards import labels_of
from facelab.errors import Busy, CorruptImage, FacelabError, ImageTooLarge, NotAnImage, NotReady, RequestError
from facelab.finder import MOST
from facelab.images import HELD, MAX_SIDE, WEBP_SHARE, pixels
from facelab.types import Analysis, Explanation, Problem
from facelab.worker import PatientWorker

VERSION = "1.0"  # of the contract
SCHEMAS = "#/components/schemas/"
ID = {"description": "The question's id, which stands in the log, too.", "schema": {"type": "string"}}
AGAIN = {"description": "In how many seconds to ask again.", "schema": {"type": "integer"}}
LATER = {"headers": {"X-Request-ID": ID, "Retry-After": AGAIN}}
Schema = dict[str, Any]

contract = Blueprint("contract", __name__)


class Plain(GenerateJsonSchema):
    """A schema without titles; what may be None is left out of an answer, never null."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def nullable_schema(self, schema: Any) -> Schema:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> Schema:
        return self.generate_inner(schema["schema"])


def init_app(app: Flask) -> None:
    """Describes the app. All its other routes and its networks are there."""
    app.register_blueprint(contract)
    app.extensions["openapi"] = document(app)


@contract.get("/openapi.json")
def openapi() -> Schema:
    """This document."""
    return current_app.extensions["openapi"] | {"servers": [{"url": request.root_path or "/"}]}


def document(app: Flask) -> Schema:
    cards = app.extensions["facelab"].cards
    info = {"description": "Finds every face in a picture and says which expression, gender and age are apparent."}
    spec = APISpec("facelab", VERSION, "3.1.0", info=info)
    for name, schema in schemas(cards).items():
        spec.components.schema(name, schema)
    known = operations(app)
    if app.config["TOKEN"]:
        spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
        for endpoint in guard.GUARDED:
            known[endpoint]["security"] = [{"bearer": []}]
            known[endpoint]["responses"] |= {"401": _problem("The token is missing or another.")}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: list(known).index(rule.endpoint)):
        spec.path(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), operations=_operations(app, rule, known))
    return spec.to_dict()


def schemas(cards: Mapping[str, Mapping[str, Any]]) -> dict[str, Schema]:
    """By name what is answered. A face's networks are those whose cards are there."""
    found: dict[str, Schema] = {}
    for kind in (Analysis, Problem, Explanation):
        template = SCHEMAS + "{model}"
        schema = TypeAdapter(kind).json_schema(ref_template=template, schema_generator=Plain, mode="serialization")
        found |= schema.pop("$defs", {})
        found[kind.__name__] = schema
    face = found.pop("Face")
    del face["properties"]["whole"]
    # FaceReport.to_dict lays the face, its predictions and what was seen of it side by side.
    properties = face["properties"] | {name: _prediction(card) for name, card in cards.items()}
    found["FaceReport"] |= {
        "properties": properties | {"explain": _ref("Explanation")},
        "required": ["box", "landmarks"],
    }
    found["Analysis"]["properties"]["faces"]["maxItems"] = MOST
    return found


def operations(app: Flask) -> dict[str, Schema]:
    """By endpoint what the code of a route does not say, in the order in which it is read."""
    cards = app.extensions["facelab"].cards
    page = {"responses": _answers("text/html", {"type": "string"})}
    predict = _json(_ref("Analysis"), RequestError, ImageTooLarge, NotAnImage, CorruptImage, Busy)
    often = _problem(f"The client asks more often than the service allows, {app.config['RATE']}.")
    predict["responses"] |= {"429": often | LATER}
    predict["responses"]["503"] |= LATER
    return {
        "facelab.predict": predict | _question(cards, app.config["MAX_BYTES"], app.config["MAX_PIXELS"]),
        "facelab.models": _json({"type": "object", "additionalProperties": {"type": "object"}}),
        "health.healthz": _json({"type": "object", "properties": {"status": {"const": "ok"}}}),
        "health.readyz": _json({"type": "object", "properties": {"status": {"const": "ready"}}}, NotReady),
        "metrics.scrape": {"responses": _answers("text/plain", {"type": "string"})},
        "contract.openapi": _json({"type": "object"}),
        "pages.docs": page,
        "pages.page": page,
        "pages.about": page,
        "pages.sample": {"responses": _answers("image/jpeg", {})},
        "static": {
            "summary": "The page's scripts, styles and texts.",
            "parameters": [_parameter("filename", "path", {"type": "string"}, "a file in static/", required=True)],
            "responses": _answers("*/*", {}),
        },
    }


def _question(cards: Collection[str], most_bytes: int, most_pixels: int) -> Schema:
    flag = {"enum": list(web.BOOLEANS), "default": "0"}
    names = {"type": "array", "items": {"enum": list(cards)}}
    file = {"type": "object", "properties": {"image": {}}, "required": ["image"]}
    text = {"type": "object", "properties": {"image": {"type": "string"}}, "required": ["image"]}
    return {
        "parameters": [
            _parameter("networks", "query", names, "the networks that are asked; all without it", explode=False),
            _parameter("crop", "query", flag, "take the whole picture as one face"),
            _parameter("explain", "query", flag, "also what the expression's network sees of each face"),
            _parameter(
                "X-Request-ID", "header", {"type": "string"}, "an id for the log; without it there is a new one"
            ),
        ],
        "requestBody": {
            "description": "a JPEG, PNG, WebP or GIF, of an animation the first frame: as a file field, as it is, or "
            f"in Base64 or a data URL of it; of at most {most_bytes:,} bytes, {most_pixels:,} pixels (a WebP "
            f"{pixels(most_pixels, WEBP_SHARE):,}, a JPEG in several scans {pixels(most_pixels, HELD / 8):,} or more, "
            f"by its colours) and {MAX_SIDE:,} pixels a side; all of it has to come within "
            f"{PatientWorker.patience:g} seconds. Parameters are refused here: they belong in the address",
            "required": True,
            "content": {
                "multipart/form-data": {"schema": file},
                "image/*": {"schema": {}},
                "application/json": {"schema": text},
            },
        },
    }


def _operations(app: Flask, rule: Rule, known: Mapping[str, Schema]) -> dict[str, Schema]:
    """By method what a route does: in the words of its docstring, and as the table says."""
    summary, _, description = (inspect.getdoc(app.view_functions[rule.endpoint]) or "").partition("\n\n")
    said = {"operationId": rule.endpoint, "summary": summary, "description": description}
    operation = {key: value for key, value in said.items() if value} | known[rule.endpoint]
    return {method.lower(): operation for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


def _prediction(card: Mapping[str, Any]) -> Schema:
    label = {"enum": labels_of(card["output"])}
    return _ref("Prediction") | {"description": card["title"], "properties": {"label": label}}


def _json(schema: Schema, *errors: type[FacelabError]) -> Schema:
    return {"responses": _answers("application/json", schema, *errors)}


def _answers(kind: str, schema: Schema, *errors: type[FacelabError]) -> Schema:
    """The answer of a route, its own `errors` by their status, and that there may be others."""
    answer = _response("The answer", {kind: {"schema": schema}})
    refused = {str(int(web.STATUS[error])): _problem(inspect.getdoc(error) or "") for error in errors}
    return {"200": answer, **refused, "default": _problem("Any other problem")}


def _problem(description: str) -> Schema:
    return _response(description, {"application/problem+json": {"schema": _ref("Problem")}})


def _response(description: str, content: Schema) -> Schema:
    return {"description": description, "headers": {"X-Request-ID": ID}, "content": content}


def _parameter(name: str, place: str, schema: Schema, description: str, **more: Any) -> Schema:
    return {"name": name, "in": place, "schema": schema, "description": description, **more}


def _ref(name: str) -> Schema:
    return {"$ref": SCHEMAS + name}

"""The contract: valid, of every route, and kept by what is answered."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from PIL import Image as Pillow
from skimage.data import astronaut

from app import create_app
from facelab.finder import MOST
from facelab.worker import PatientWorker
from tests.builders import encoded
from tests.test_images import file
from tests.test_web import raw

Validate = Callable[[str, Any], None]


def closed(schema: Any) -> Any:
    """The schema without room for what it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {"additionalProperties": False} | inner if "required" in inner and "properties" in inner else inner


def schema_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    return closed({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/openapi.json").json
    assert answer is not None
    return answer


@pytest.fixture
def validate(document: dict[str, Any]) -> Validate:
    return lambda name, answer: OAS31Validator(schema_of(document, name)).validate(answer)


def test_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


@pytest.mark.parametrize(("below", "server"), [("", "/"), ("/faces", "/faces")])
def test_says_below_which_path_it_is_served(below: str, server: str, client: FlaskClient) -> None:
    answer = client.get("/openapi.json", base_url=f"http://localhost{below}").json
    assert answer is not None
    assert answer["servers"] == [{"url": server}]


def test_every_route_is_in_it_and_no_other(service: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub("<(path:)?", "{", rule.rule).replace(">", "}"), method.lower())
        for rule in service.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, item in document["paths"].items() for method in item} == routes


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert all(operation["summary"] for operation in operations)


def test_limits_and_headers_are_in_it(service: Flask, document: dict[str, Any]) -> None:
    predict = document["paths"]["/predict"]["post"]
    for limit in (service.config["MAX_BYTES"], service.config["MAX_PIXELS"]):
        assert f"{limit:,}" in predict["requestBody"]["description"]
    assert service.config["RATE"] in predict["responses"]["429"]["description"]
    assert f"within {PatientWorker.patience:g} seconds" in predict["requestBody"]["description"]
    later = {status for status, answer in predict["responses"].items() if "Retry-After" in answer["headers"]}
    assert later == {"429", "503"}
    answers = [one for item in document["paths"].values() for op in item.values() for one in op["responses"].values()]
    assert all("X-Request-ID" in answer["headers"] for answer in answers)


def test_networks_and_their_labels_are_the_cards(document: dict[str, Any]) -> None:
    face = document["components"]["schemas"]["FaceReport"]["properties"]
    assert set(face) == {"box", "score", "landmarks", "emotion", "age", "explain"}
    assert document["components"]["schemas"]["Analysis"]["properties"]["faces"]["maxItems"] == MOST
    assert face["emotion"]["properties"]["label"]["enum"] == ["happy", "angry"]
    assert face["age"]["properties"]["label"]["enum"] == ["1-15", "16-25"]


@pytest.mark.parametrize("query", ["", "?explain=1", "?networks=age", "?crop=1"])
def test_answers_keep_it(client: FlaskClient, validate: Validate, query: str) -> None:
    validate("Analysis", client.post(f"/predict{query}", **raw(encoded())).json)


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (bytes(200_000), 413), (b"text", 415), (encoded()[:200], 422)]
)
def test_problems_keep_it(
    client: FlaskClient, document: dict[str, Any], validate: Validate, body: bytes, status: int
) -> None:
    answer = client.post("/predict", **raw(body))
    said = document["paths"]["/predict"]["post"]["responses"][str(status)]["content"]
    assert list(said) == [answer.content_type]
    validate("Problem", answer.json)


def test_the_networks_that_are_shipped_keep_it() -> None:
    client = create_app().test_client()
    document = client.get("/openapi.json").json
    assert document is not None
    answer = client.post("/predict?explain=1", **raw(file(Pillow.fromarray(astronaut()), "PNG"))).json
    assert answer is not None
    assert {"age", "emotion", "gender", "explain"} < set(answer["faces"][0])
    OAS31Validator(schema_of(document, "Analysis")).validate(answer)


@pytest.mark.parametrize(
    "change", [{"label": "merry"}, {"label": 5}, {"score": "much"}, {"years": None}, {"opinion": "good"}]
)
def test_what_does_not_keep_it_is_seen(client: FlaskClient, document: dict[str, Any], change: dict[str, Any]) -> None:
    answer = client.post("/predict", **raw(encoded())).json
    assert answer is not None
    answer["faces"][0]["emotion"] |= change
    assert not OAS31Validator(schema_of(document, "Analysis")).is_valid(answer)


def test_docs_tell_all_of_it(client: FlaskClient, document: dict[str, Any]) -> None:
    page = client.get("/docs").text
    for path, item in document["paths"].items():
        for method in item:
            assert f"{method.upper()} {path}</code>" in page
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in page
    for link in re.findall(r'href="#(\w+)"', page):
        assert link in document["components"]["schemas"]


def test_docs_set_what_is_code_as_code(client: FlaskClient) -> None:
    page = client.get("/docs").text
    assert "<code>?networks=a,b</code> asks" in page
    assert "`" not in page


def test_docs_in_spanish(client: FlaskClient) -> None:
    assert "Qué se puede pedir" in client.get("/docs?lang=es").text

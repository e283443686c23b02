"""Every example is answered by the model it names, in a reply as it is described; PixelLib's and hello's as well."""

import io
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator

from app import create_app
from app.dialects import hello, invocations, pixellib, schemas
from app.engine.registry import Registry
from app.settings import Settings
from tests.inputs.helpers import encode

# Few pixels, for every one of them is held against the schema.
PICTURE = np.full((20, 30, 3), 255, np.uint8)
PICTURE[4:16, 14:16] = 0
NAMES = ["digits", "mnist", "iris", "wine", "diabetes"]


@pytest.fixture(scope="module")
def service(models: Path, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    settings = Settings(models=str(models), run_dir=tmp_path_factory.mktemp("run"), poll_seconds=0)
    return create_app(settings).test_client()


@pytest.fixture(scope="module")
def loaded(service: FlaskClient) -> Registry:
    registry: Registry = service.application.extensions["registry"]
    return registry


def check(reply, paths, models):
    """Hold a reply against what is said of its path, method, status and type."""
    told = paths[reply.request.path][reply.request.method.lower()]["responses"][str(reply.status_code)]
    schema = told["content"][reply.mimetype]["schema"]
    if reply.is_json:
        OAS31Validator({**schema, "components": {"schemas": schemas.components(models)}}).validate(reply.json)


@pytest.mark.parametrize("name", NAMES)
def test_each_example_is_answered_as_described(service, loaded, name):
    answering = list(loaded.models().values())
    model = loaded.models()[name]
    paths = invocations.paths(answering)
    found = invocations.examples(model)
    assert len({example.title for example in found}) == len(found) >= 5
    for example in found:
        body = service.get(example.body_from).data if example.body_from else example.body
        sent = {"json": body} if example.content_type == "application/json" else {"data": body}
        reply = service.post(example.path, **sent, content_type=example.content_type, headers=example.headers)
        assert reply.status_code == 200, (example.title, reply.text)
        assert reply.headers["X-Model"].startswith(f"{name}/")
        check(reply, paths, answering)
        assert set(paths[example.path]["post"]["requestBody"]["content"]) >= {example.content_type}


@pytest.mark.parametrize("path", ["/invocations", "/invocations/iris"])
@pytest.mark.parametrize(("body", "status"), [("{", 400), ('{"instances": [{}]}', 400), ('{"instances": []}', 200)])
def test_refusals_are_described(service, loaded, path, body, status):
    answering = list(loaded.models().values())
    reply = service.post(path, data=body, content_type="application/json")
    assert reply.status_code == status
    check(reply, invocations.paths(answering), answering)


@pytest.mark.parametrize("path", ["/health", "/version"])
def test_what_stands_beside_is_described(service, path):
    check(service.get(path), invocations.paths([]), [])


def test_hello_is_described(service):
    assert hello.examples(None) == []
    check(service.post("/api/v1/hello", json={}), hello.paths([]), [])
    check(service.post("/api/v1/hello", json=[]), hello.paths([]), [])


def test_pixellib_is_described(service, loaded):
    answering = list(loaded.models().values())
    paths = pixellib.paths(answering)
    assert set(paths) == {"/segmentapi", "/segmentapi/digits", "/segmentfrontend"}
    for path in paths:
        check(service.post(path, data={"image": (io.BytesIO(encode(PICTURE)), "one.png")}), paths, answering)
        check(service.post(path), paths, answering)
    check(service.get("/segmentfrontend"), paths, answering)


def test_pixellibs_example_is_a_form_with_the_models_picture(service, loaded):
    assert pixellib.examples(loaded.models()["mnist"]) == []
    (example,) = pixellib.examples(loaded.models()["digits"])
    picture = io.BytesIO(service.get(example.body_from).data)
    reply = service.post(
        example.path, data={example.file_field: (picture, "page.png")}, content_type=example.content_type
    )
    assert reply.status_code == 200

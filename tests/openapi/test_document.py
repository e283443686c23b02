"""/openapi.json: valid, complete, and true of what is served."""

import re

import pytest
from openapi_spec_validator import validate

from app import build_app
from app.openapi.document import FRONT
from app.serve import problems
from app.settings import Settings
from tests.fakes import IMAGE, MAX_PIXELS, make_model

# NGINX's own, and what Flask does for every address.
OF_THE_FRONT = {("/livez", "GET")}
AUTOMATIC = {"HEAD", "OPTIONS"}
# Answers nothing but that an address is malformed.
REFUSING = {"tfserving.refuse"}
# What NGINX answers only at addresses and to methods that no document names, or would if it served files.
UNDOCUMENTED = {403, 404, 405, 415, 416}


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json


@pytest.fixture
def documented(registry):
    app = build_app(Settings(max_pixels=MAX_PIXELS, metrics_public=True), registry)
    return app, app.test_client().get("/openapi.json").json


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method.upper(), operation


def address(path, operation, item):
    """The path with its parameters filled in from their examples."""
    values = {}
    for parameter in (*item.get("parameters", ()), *operation.get("parameters", ())):
        if parameter["in"] == "path":
            values[parameter["name"]] = parameter.get("example") or parameter["schema"]["enum"][0]
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], path)


def test_the_document_is_valid(documented):
    validate(documented[1])


def test_every_route_and_method_is_documented_and_nothing_else_is(documented):
    app, document = documented
    urls = app.url_map.bind("localhost")
    said = {
        (urls.match(address(path, operation, document["paths"][path]), method, return_rule=True)[0].endpoint, method)
        for path, method, operation in operations(document)
        if (path, method) not in OF_THE_FRONT
    }
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in REFUSING]
    answered = {(rule.endpoint, method) for rule in rules for method in rule.methods - AUTOMATIC}
    assert said == answered


def test_metrics_are_documented_only_where_they_are_public(client, documented):
    assert "/metrics" not in client.get("/openapi.json").json["paths"]
    assert "/metrics" in documented[1]["paths"]


def test_no_two_operations_share_an_id(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)


def test_a_server_is_named_relative_to_the_document(document):
    assert [server["url"] for server in document["servers"]] == ["."]


def test_the_schemas_hold_what_the_manifest_says(document):
    column = document["components"]["schemas"]["sum.row"]["properties"]["a"]
    assert column["type"] == "number"
    assert column["description"] == "in cm"
    assert column["examples"] == [1.0]
    assert document["components"]["schemas"]["sign.prediction"]["enum"] == ["negative", "positive"]
    values = document["components"]["schemas"]["tensor.row"]["anyOf"][0]
    assert (values["minItems"], values["maxItems"], values["items"]["minItems"]) == (2, 2, 3)
    assert (values["items"]["items"]["minimum"], values["items"]["items"]["maximum"]) == (0, 10)


def test_each_model_has_an_example_in_its_operation(document):
    for name in ("sum", "sign", "tensor"):
        asked = document["paths"][f"/predict/{name}"]["post"]["requestBody"]["content"]["application/json"]
        assert "instances" in asked["examples"]["rows"]["value"]


def test_the_default_model_is_the_one_of_predict(document):
    schema = document["paths"]["/predict"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["properties"]["model"] == {"const": "sum"}


def test_what_nginx_answers_itself_stands_beside_a_dialects_own_errors(document):
    statuses = {status for status, _, _ in problems(Settings())} - UNDOCUMENTED
    for path, _, operation in operations(document):
        for status in map(str, statuses):
            reply = operation["responses"][status]
            if "$ref" in reply:
                reply = document["components"]["responses"][reply["$ref"].rpartition("/")[2]]
            assert "application/problem+json" in reply["content"], path
    assert set(FRONT) == statuses


def test_what_no_dialect_speaks_of_stands_in_the_document_once(document):
    assert document["paths"]["/livez"]["get"]["responses"]["414"] == {"$ref": "#/components/responses/NGINX-414"}
    assert [name for name in document["components"]["responses"] if name.endswith("-414")] == ["NGINX-414"]


def test_a_model_that_is_loaded_later_is_documented(client, registry):
    client.get("/openapi.json")
    registry.add(make_model(name="later", signature=IMAGE, examples=({"b64": ""},)))
    assert "/predict/later" in client.get("/openapi.json").json["paths"]


def test_another_version_of_a_model_replaces_what_was_said_of_it(client, registry):
    client.get("/openapi.json")
    registry.add(make_model(version=2, examples=({"a": 7.5, "b": 2.0},)))
    row = client.get("/openapi.json").json["components"]["schemas"]["sum.row"]
    assert row["properties"]["a"]["examples"] == [7.5]

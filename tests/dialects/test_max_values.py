"""The limit on a request's values holds in every dialect, in each dialect's own words."""

import io
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app import _loading, build_app
from app.engine.registry import Registry
from app.inputs import reader_for
from app.settings import Settings
from tests.fakes import MAX_PIXELS, TABLE, make_model

MAX_VALUES = 1000
ZEROS = "[" + "[0,0]," * MAX_VALUES + "[0,0]]"
JSON = "application/json"


@pytest.fixture
def client(registry: Registry) -> FlaskClient:
    registry.add(replace(make_model(name="narrow"), reader=reader_for(TABLE, MAX_PIXELS, MAX_VALUES)))
    return build_app(Settings(max_values=MAX_VALUES), registry).test_client()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/predict/sum", f'{{"instances": {ZEROS}}}'),
        ("/v1/models/sum:predict", f'{{"instances": {ZEROS}}}'),
        ("/v1/models/sum:predict", f'{{"instances": {ZEROS}, "x": NaN}}'),
        ("/v2/models/sum/infer", f'{{"inputs": [{{"name": "a", "data": {ZEROS}}}]}}'),
        ("/invocations", f'{{"instances": {ZEROS}}}'),
    ],
)
def test_json_of_too_many_values_is_413(client: FlaskClient, path: str, body: str) -> None:
    reply = client.post(path, data=body, content_type=JSON)
    assert reply.status_code == 413
    assert "values; at most 1000 are accepted" in reply.text


def test_csv_of_too_many_values_is_413(client: FlaskClient) -> None:
    bodies = [b"a,b\n" + b"1,2\n" * MAX_VALUES, b"a,b\n" + b"\n" * MAX_VALUES]
    for body in bodies:
        reply = client.post("/predict/narrow", data=body, content_type="text/csv")
        assert reply.status_code == 413
        assert "values; at most 1000 are accepted" in reply.text
        reply = client.post("/predict/narrow", data={"file": (io.BytesIO(body), "rows.csv", "text/csv")})
        assert reply.status_code == 413


def test_the_setting_is_what_models_are_loaded_with() -> None:
    assert _loading(Settings(max_values=MAX_VALUES)).max_values == MAX_VALUES

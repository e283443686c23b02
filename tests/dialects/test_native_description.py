"""What /predict says of itself, held against what it answers."""

import json
from contextlib import nullcontext

import pytest
from jsonschema import Draft202012Validator

from app.dialects import native
from app.dialects.native.media import CSV
from app.dialects.schemas import components
from app.errors import InvalidInputError
from app.signature import Column, TableSignature
from tests.fakes import make_model

MIXED = TableSignature(
    columns=(
        Column(name="size", minimum=1, maximum=9, unit="cm", description="from tip to tip"),
        Column(name="count", dtype="int64", nullable=True),
        Column(name="kind", dtype="string", categories=("x", "y"), nullable=True),
        Column(name="free", dtype="string", categories=("x",), open_categories=True),
        Column(name="sure", dtype="bool"),
    )
)
MIXED_ROW = {"size": 20, "count": None, "kind": "x", "free": "z", "sure": True}
NAMES = ("sum", "sign", "tensor")


def validator(schema, models):
    return Draft202012Validator({**schema, "components": {"schemas": components(models)}})


def asked(model):
    """A validator of the model's JSON requests."""
    content = native.paths([model])[f"/predict/{model.name}"]["post"]["requestBody"]["content"]
    return validator(content["application/json"]["schema"], [model])


def answered(model):
    content = native.paths([model])[f"/predict/{model.name}"]["post"]["responses"]["200"]["content"]
    return validator(content["application/json"]["schema"], [model])


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_answered_and_fits_the_schemas(client, registry, name):
    model = registry.resolve(name)
    examples = [example for example in native.examples(model) if example.body_from is None]
    assert examples
    for example in examples:
        is_json = example.content_type == "application/json"
        body = json.dumps(example.body) if is_json else example.body
        reply = client.post(example.path, data=body, content_type=example.content_type, headers=example.headers)
        assert reply.status_code == 200
        if is_json:
            asked(model).validate(example.body)
            answered(model).validate(reply.json)


def test_a_table_has_an_example_in_csv_with_an_empty_field_for_null():
    model = make_model(name="mixed", signature=MIXED, examples=(MIXED_ROW,))
    (table,) = [example for example in native.examples(model) if example.content_type == CSV]
    assert table.body == "size,count,kind,free,sure\n20,,x,z,true\n"


@pytest.fixture
def mixed():
    return make_model(name="mixed", signature=MIXED, examples=(MIXED_ROW,))


@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        ({}, True),
        ({"size": 1000}, True),  # what training saw is no limit
        ({"size": "20"}, False),
        ({"size": None}, False),
        ({"count": 2}, True),
        ({"count": 2.5}, False),
        ({"count": 2**63}, False),
        ({"kind": None}, True),
        ({"kind": "z"}, False),
        ({"free": "anything"}, True),
        ({"sure": 1}, False),
        ({"more": 1}, False),
    ],
)
def test_the_schema_allows_what_the_service_accepts(mixed, changed, fits):
    row = MIXED_ROW | changed
    assert asked(mixed).is_valid({"instances": [row]}) is fits
    with nullcontext() if fits else pytest.raises(InvalidInputError):
        mixed.reader.rows([row])


def test_a_columns_description_says_what_a_person_needs(mixed):
    column = components([mixed])["mixed.row"]["properties"]["size"]
    assert column["description"] == "from tip to tip; in cm; training saw 1 to 9"
    assert column["examples"] == [20]
    assert components([mixed])["mixed.row"]["properties"]["free"]["description"] == "training saw x"


def test_rows_are_all_objects_or_all_lists(mixed):
    row = list(MIXED_ROW.values())
    assert asked(mixed).is_valid({"instances": [row]})
    assert not asked(mixed).is_valid({"instances": [row, MIXED_ROW]})
    assert not asked(mixed).is_valid({"instances": [row[:-1]]})

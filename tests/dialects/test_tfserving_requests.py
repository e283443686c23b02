"""What TensorFlow Serving's dialect takes: both layouts, examples, binary values, tokens; and what it refuses."""

import base64

import numpy as np
import orjson
import pytest

from app.dialects.tfserving.tokens import read_json
from app.errors import MalformedBodyError
from app.predictions import Outputs
from app.signature import Column, ImageSignature, TableSignature, Target, TensorSignature
from tests.fakes import SIGN, make_model
from tests.inputs.helpers import encode

PEOPLE = TableSignature(
    columns=(
        Column(name="age", nullable=True),
        Column(name="job", dtype="string"),
        Column(name="rank", dtype="int64", nullable=True),
    )
)


class EchoRuntime:
    """Says what it was asked: a text per row."""

    def predict(self, arrays):
        rows = zip(*arrays.values(), strict=True)
        return Outputs(np.array(["|".join(map(str, row)) for row in rows], dtype=object))


class SizeRuntime:
    """How many pixels each picture has."""

    def predict(self, arrays):
        (pictures,) = arrays.values()
        return Outputs(np.array([float(picture.shape[0] * picture.shape[1]) for picture in pictures]))


@pytest.fixture
def registry(registry):
    echo = {"target": Target(name="echo"), "runtime": EchoRuntime()}
    one_text, one_number = (TableSignature(columns=(Column(name="x", dtype=dtype),)) for dtype in ("string", "float64"))
    registry.add(make_model(name="people", signature=PEOPLE, **echo))
    registry.add(make_model(name="text", signature=one_text, **echo))
    registry.add(make_model(name="number", signature=one_number, **echo))
    registry.add(make_model(name="picture", signature=ImageSignature(), runtime=SizeRuntime()))
    flat = TensorSignature(name="x", shape=(3,), minimum=0, maximum=10)
    registry.add(make_model(name="flat", signature=flat))
    return registry


def b64(value):
    return {"b64": base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()}


def ask(client, model, body, verb="predict"):
    body = body if isinstance(body, bytes | str) else orjson.dumps(body)
    return client.post(f"/v1/models/{model}:{verb}", data=body)


def refusal(client, model, body, verb="predict"):
    """The sentence of an answer that must be 400."""
    reply = ask(client, model, body, verb)
    assert (reply.status_code, reply.content_type, list(reply.json)) == (400, "application/json", ["error"])
    return reply.json["error"]


# Layouts


@pytest.mark.parametrize(
    "instances",
    [
        [{"a": 1, "b": 2}, {"a": 3, "b": 4}],
        [{"b": 2, "a": 1}, {"b": 4, "a": 3}],
        [{"a": [1], "b": 2}, {"a": [3], "b": 4}],
        [{"a": [1], "b": [2]}, {"a": [3], "b": [4]}],
        [[1, 2], [3, 4]],
    ],
)
def test_rows_are_answered_with_predictions(client, instances):
    assert ask(client, "sum", {"instances": instances}).json == {"predictions": [3.0, 7.0]}


@pytest.mark.parametrize(
    "inputs",
    [
        {"a": [1, 3], "b": [2, 4]},
        {"b": [2, 4], "a": [1, 3]},
        {"a": [[1], [3]], "b": [[2], [4]]},
        {"a": [[1], [3]], "b": [2, 4]},
        [[1, 2], [3, 4]],
    ],
)
def test_columns_are_answered_with_outputs(client, inputs):
    assert ask(client, "sum", {"inputs": inputs}).json == {"outputs": [3.0, 7.0]}


@pytest.mark.parametrize("values", [[1.5, 2.5], [[1.5], [2.5]]])
def test_a_single_input_needs_no_name(client, values):
    named = [{"x": value} for value in values]
    for body in ({"instances": values}, {"instances": named}, {"inputs": values}, {"inputs": {"x": values}}):
        (answer,) = ask(client, "number", body).json.values()
        assert answer == ["1.5", "2.5"]


@pytest.mark.parametrize(
    "body",
    [
        {"instances": [[[1, 2, 3], [4, 5, 6]]]},
        {"instances": [{"x": [[1, 2, 3], [4, 5, 6]]}]},
        {"inputs": [[[1, 2, 3], [4, 5, 6]]]},
        {"inputs": {"x": [[[1, 2, 3], [4, 5, 6]]]}},
    ],
)
def test_a_tensor_is_read_in_all_forms(client, body):
    (answer,) = ask(client, "tensor", body).json.values()
    assert answer == [21.0]


@pytest.mark.parametrize("body", [{"instances": []}, {"inputs": []}])
@pytest.mark.parametrize("model", ["sum", "number", "tensor", "picture", "flat"])
def test_no_rows_are_answered_with_none(client, model, body):
    reply = ask(client, model, body)
    assert (reply.status_code, list(reply.json.values())) == (200, [[]])


def test_columns_of_no_rows_are_answered_with_none(client):
    assert ask(client, "sum", {"inputs": {"a": [], "b": []}}).json == {"outputs": []}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "the body is not JSON"),
        ("{", "the body is not JSON"),
        (b'{"instances": "\xff"}', "the body is not JSON"),
        ("[]", "the JSON is a list; accepted: an object"),
        ("null", "the JSON is null"),
        ("{}", 'either "instances" with a list of rows, or "inputs"'),
        ({"signature_name": ""}, 'either "instances"'),
        ({"instances": [[1, 2]], "inputs": [[1, 2]]}, 'either "instances"'),
        ({"instances": {"a": [1], "b": [2]}}, 'either "instances" with a list of rows'),
        ({"instances": [[1, 2]], "extra": 1}, "predict does not know 'extra'; accepted: signature_name, instances"),
        ({"examples": [{"a": 1, "b": 2}]}, "predict does not know 'examples'"),
        ('{"instances": [[1, 2]], "instances": [[3, 4]]}', "the key 'instances' more than once"),
        ('{"instances": [{"a": 1, "a": 2, "b": 3}]}', "the key 'a' more than once"),
        ({"inputs": 3}, '"inputs" is 3'),
        ({"inputs": None}, '"inputs" is null'),
        ({"inputs": [1, 2]}, '"inputs" is a list of what are no lists'),
        ({"inputs": [{"a": 1, "b": 2}]}, "a list of what are no lists"),
        ({"inputs": {"a": 1, "b": 2}}, "'a': the column is 1 (accepted: a list, one value per row)"),
        ({"inputs": {"a": [1], "b": [2, 3]}}, "differ in length"),
        ({"inputs": {"a": [1]}}, "'b': the column is missing"),
        ({"inputs": {"a": [1], "b": [2], "c": [3]}}, "'c': the column is not known"),
        ({"instances": [{"a": [1], "b": 2}, {"a": [1]}]}, "row 1, 'b': the column is missing"),
        ({"instances": [{"a": [1], "b": 2}, {"a": 1, "b": 2}]}, "row 0, 'a': a list is not a number"),
        ({"instances": [{"a": 1, "b": 2}, {"a": [1], "b": 2}]}, "row 1, 'a': a list is not a number"),
        ({"instances": [{"a": [1, 2], "b": 2}]}, "row 0, 'a': a list is not a number"),
        ({"instances": [{"a": [], "b": 2}]}, "row 0, 'a': a list is not a number"),
        ({"instances": [{"a": "1", "b": 2}]}, "row 0, 'a': '1' is not a number"),
        ({"instances": [{"a": True, "b": 2}]}, "row 0, 'a': true is not a number"),
        ({"instances": [[1, 2], [3]]}, "row 1: the row has 1 values"),
        ({"instances": [[1, 2], {"a": 1, "b": 2}]}, "row 1: the row is an object"),
        ({"instances": [1, 2]}, "row 0: the row is 1"),
        ({"instances": [b64("1")]}, "row 0, 'b64': the column is not known"),
    ],
)
def test_what_does_not_fit_a_table_is_refused(client, body, error):
    assert error in refusal(client, "sum", body)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"instances": [[1, 2, 3]]}, "row 0, 'x': the shape is [3]"),
        ({"inputs": [[1, 2, 3], [4, 5, 6]]}, "row 0, 'x': the shape is [3]"),
        ({"inputs": 3}, "'x' is 3 (accepted: a list"),
        ({"inputs": {"y": []}}, "the inputs are named 'y'"),
        ({"inputs": {}}, "the inputs are named"),
        ({"instances": [[[1, 2, 3], [4, 5]]]}, "unequal length"),
        ({"instances": [[[1, 2, 3], [4, 5, 11]]]}, "not within 0 to 10"),
    ],
)
def test_what_does_not_fit_a_tensor_is_refused(client, body, error):
    assert error in refusal(client, "tensor", body)


def test_a_body_is_read_whatever_its_content_type(client):
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "application/json", None):
        body = b'{"instances": [[1, 2]]}'
        reply = client.post("/v1/models/sum:predict", data=body, content_type=content_type)
        assert reply.json == {"predictions": [3.0]}


def test_a_failing_model_is_500_in_the_same_shape(client):
    reply = ask(client, "broken", {"instances": [[1, 2]]})
    assert (reply.status_code, list(reply.json)) == (500, ["error"])


# Signatures


@pytest.mark.parametrize(
    ("model", "verb", "name"),
    [
        ("sum", "predict", ""),
        ("sum", "predict", "serving_default"),
        ("sum", "predict", "predict"),
        ("sum", "predict", "tensorflow/serving/predict"),
        ("sum", "regress", "serving_default"),
        ("sum", "regress", "regression"),
        ("sum", "regress", "tensorflow/serving/regress"),
        ("sign", "classify", "serving_default"),
        ("sign", "classify", "classification"),
        ("sign", "classify", "tensorflow/serving/classify"),
    ],
)
def test_a_signature_is_accepted_by_its_usual_names(client, model, verb, name):
    rows = {"instances" if verb == "predict" else "examples": [{"a": 1, "b": 2}]}
    assert ask(client, model, {"signature_name": name, **rows}, verb).status_code == 200


@pytest.mark.parametrize("verb", ["predict", "regress"])
@pytest.mark.parametrize("name", ["other", "tensorflow/serving/classify", None, 1, ["predict"], {}])
def test_another_signature_is_refused(client, verb, name):
    rows = {"instances" if verb == "predict" else "examples": [{"a": 1, "b": 2}]}
    error = refusal(client, "sum", {"signature_name": name, **rows}, verb)
    assert f"{verb} has the signatures 'serving_default'" in error


# Binary values


def test_a_text_may_come_as_a_binary_value(client):
    people = [{"age": 1, "job": b64("Bäcker"), "rank": 1}, {"age": 2, "job": "cook", "rank": 2}]
    expected = ["1.0|Bäcker|1", "2.0|cook|2"]
    assert ask(client, "people", {"instances": people}).json == {"predictions": expected}
    columns = {name: [person[name] for person in people] for name in people[0]}
    assert ask(client, "people", {"inputs": columns}).json == {"outputs": expected}


@pytest.mark.parametrize("body", [{"instances": [b64("a"), "b"]}, {"inputs": [[b64("a")], ["b"]]}])
def test_a_single_text_may_as_well(client, body):
    (answer,) = ask(client, "text", body).json.values()
    assert answer == ["a", "b"]


def test_a_binary_value_by_itself_is_a_batch_of_one(client):
    assert ask(client, "text", {"inputs": b64("a")}).json == {"outputs": ["a"]}
    picture = b64(encode(np.zeros((4, 5, 3), np.uint8)))
    assert ask(client, "picture", {"inputs": picture}).json == {"outputs": [20.0]}
    assert ask(client, "picture", {"inputs": {"image": picture}}).json == {"outputs": [20.0]}


@pytest.mark.parametrize(
    "body",
    [
        lambda picture: {"instances": [picture]},
        lambda picture: {"instances": [{"image": picture}]},
        lambda picture: {"inputs": [picture]},
        lambda picture: {"inputs": {"image": [picture]}},
    ],
)
def test_a_picture_is_a_binary_value(client, body):
    picture = b64(encode(np.zeros((4, 5, 3), np.uint8), "JPEG"))
    (answer,) = ask(client, "picture", body(picture)).json.values()
    assert answer == [20.0]


def test_a_tensor_may_be_raw_float32(client):
    values = np.arange(6, dtype="<f4")
    for body in ({"instances": [b64(values.tobytes())] * 2}, {"inputs": {"x": [b64(values.tobytes())] * 2}}):
        (answer,) = ask(client, "tensor", body).json.values()
        assert answer == [15.0, 15.0]


@pytest.mark.parametrize(
    ("model", "body", "error"),
    [
        ("text", {"instances": [{"b64": "?"}]}, "row 0, 'x'"),
        ("text", {"instances": ["a", b64(b"\xff")]}, "row 1, 'x'"),
        ("text", {"instances": [{"b64": 1}]}, "'b64'"),
        ("people", {"inputs": {"age": [b64("1")], "job": ["a"], "rank": [1]}}, "'age': an object is not a number"),
        ("tensor", {"instances": [b64(bytes(23))]}, "row 0, 'x'"),
        ("tensor", {"instances": [{"b64": "?"}]}, "row 0, 'x'"),
        ("tensor", {"instances": [b64(np.full(6, np.nan, "<f4").tobytes())]}, "row 0, 'x'"),
        ("picture", {"instances": [b64("no picture")]}, "row 0, 'image'"),
        ("picture", {"instances": [[[1, 2, 3]]]}, "row 0, 'image'"),
    ],
)
def test_a_binary_value_that_does_not_fit_is_refused(client, model, body, error):
    assert error in refusal(client, model, body)


# Tokens


def test_a_nan_is_a_missing_value(client):
    body = '{"inputs": {"age": [NaN, 1], "job": ["NaN", "Infinity"], "rank": [1, NaN]}}'
    assert ask(client, "people", body).json == {"outputs": ["nan|NaN|1", "1.0|Infinity|None"]}


@pytest.mark.parametrize(
    ("model", "body", "error"),
    [
        ("sum", '{"instances": [{"a": NaN, "b": 1}]}', "row 0, 'a': the value is missing"),
        ("sum", '{"instances": [[1, 2], [1, Infinity]]}', "row 1, 'b': inf is not a number"),
        ("sum", '{"inputs": {"a": [-Infinity], "b": [1]}}', "row 0, 'a': -inf is not a number"),
        ("people", '{"inputs": {"age": [Infinity], "job": ["a"], "rank": [1]}}', "'age': inf is not a number"),
        ("people", '{"inputs": {"age": [1], "job": [NaN], "rank": [1]}}', "'job': the value is missing"),
        ("people", '{"inputs": {"age": [1], "job": ["a"], "rank": [Infinity]}}', "'rank': inf is not a whole number"),
        ("flat", '{"instances": [[1, NaN, 2]]}', "row 0, 'x': some values are not within 0 to 10"),
        ("flat", '{"instances": [[1, 2, 3], [1, Infinity, 2]]}', "row 1, 'x'"),
        ("picture", '{"instances": [NaN]}', "row 0, 'image'"),
        ("sum", '{"signature_name": NaN, "instances": [[1, 2]]}', '"signature_name" is nan'),
        ("sum", "NaN", "the JSON is nan; accepted: an object"),
    ],
)
def test_a_token_where_no_value_may_miss_is_refused(client, model, body, error):
    assert error in refusal(client, model, body)


@pytest.fixture
def in_app(app):
    with app.app_context():
        yield


@pytest.mark.usefixtures("in_app")
def test_tokens_are_read_and_texts_left_alone():
    text = b'{"a": [NaN, -Infinity,Infinity], "NaN": "\\"NaN, \\\\", "b\\\\": "-Infinity", "i": 18446744073709551617}'
    value = read_json(text)
    assert np.isnan(value["a"][0])
    assert value["a"][1:] == [-np.inf, np.inf]
    assert (value["NaN"], value["b\\"]) == ('"NaN, \\', "-Infinity")
    assert value["i"] == 2**64 + 1


@pytest.mark.usefixtures("in_app")
@pytest.mark.parametrize(
    "text", ['"NaN"', '{"Infinity": 1, "NaN": 2, " null ": 3}', '["\\"NaN\\""]', '"\\\\NaN"', '"aNaN8w=="']
)
def test_a_token_in_a_text_is_text(text):
    assert read_json(text.encode()) == orjson.loads(text)


@pytest.mark.usefixtures("in_app")
@pytest.mark.parametrize(
    "text",
    [
        b"[NaN, 1e999]",
        b"[nan]",
        b"[-NaN]",
        b"[+Infinity]",
        b"[--Infinity]",
        b"[NaNNaN]",
        b"[NaN5]",
        b"[5NaN]",
        b"[5-Infinity]",
        b"[NaN",
        b"[NaN]]",
        b'["NaN]',
        b'["NaN\\"]',
        b"{NaN: 1}",
        b'{"a": NaN, "a": 1}',
        b'[{"a": 1, "b": {"c": NaN, "c": NaN}}]',
        b'["\\ud800", NaN]',
        b'["\x00", NaN]',
        b'["\xff", NaN]',
        "[NaN]".encode("utf-16"),
        b"[NaN, " + b"1" * 5000 + b"]",
        b"[" * 1500 + b"NaN" + b"]" * 1500,
        b"[" * 1000 + b"NaN" + b"]" * 1000,
    ],
)
def test_what_is_no_json_but_for_its_tokens_is_refused(text):
    with pytest.raises(MalformedBodyError):
        read_json(text)


# Examples


@pytest.mark.parametrize(
    "body",
    [
        {"examples": [{"a": 1, "b": 2}, {"a": 1, "b": 4}]},
        {"examples": [{"a": [1], "b": [2]}, {"a": [1], "b": [4]}]},
        {"context": {"a": 1}, "examples": [{"b": 2}, {"b": 4}]},
        {"context": {"a": [1]}, "examples": [{"b": 2}, {"b": 4}]},
        {"context": {}, "examples": [{"a": 1, "b": 2}, {"a": 1, "b": 4}]},
    ],
)
def test_examples_are_read_with_their_context(client, body):
    assert ask(client, "sum", body, "regress").json == {"results": [3.0, 5.0]}


def test_an_example_holds_a_tensor_flat_or_nested(client):
    for values in ([1, 2, 3, 4, 5, 6], [[1, 2, 3], [4, 5, 6]], b64(np.arange(1, 7, dtype="<f4").tobytes())):
        assert ask(client, "tensor", {"examples": [{"x": values}]}, "regress").json == {"results": [21.0]}
    assert ask(client, "flat", {"examples": [{"x": [1, 2, 3]}]}, "regress").json == {"results": [6.0]}


def test_a_flat_tensor_is_folded_row_by_row(client, registry):
    rows = TensorSignature(name="x", shape=(2, 3, 2), minimum=0, maximum=20)

    class Corner:
        def predict(self, arrays):
            return Outputs(arrays["x"][:, 1, 0, 1])

    registry.add(make_model(name="corner", signature=rows, runtime=Corner()))
    values = np.arange(12).reshape(2, 3, 2)
    for x in (values.tolist(), values.ravel().tolist()):
        assert ask(client, "corner", {"examples": [{"x": x}]}, "regress").json == {"results": [values[1, 0, 1]]}


def test_no_examples_have_no_results(client):
    assert ask(client, "sum", {"examples": []}, "regress").json == {"results": []}
    assert ask(client, "sign", {"examples": [], "context": {"a": 1}}, "classify").json == {"results": []}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, '"examples" with a list of objects'),
        ({"examples": {"a": 1}}, '"examples" with a list of objects'),
        ({"examples": [{"a": 1, "b": 2}], "context": []}, '"context" with an object'),
        ({"instances": [[1, 2]]}, "regress does not know 'instances'; accepted: signature_name, examples, context"),
        ({"examples": [[1, 2]]}, "row 0: the example is a list (accepted: an object of features)"),
        ({"examples": [{"a": 1, "b": 2}, 3]}, "row 1: the example is 3"),
        ({"context": {"a": 1}, "examples": [{"b": 1}, {"a": 1, "b": 2}]}, "row 1: 'a' stands in the context as well"),
        ({"examples": [{"a": 1}]}, "row 0, 'b': the column is missing"),
        ({"examples": [{"a": [1, 2], "b": 2}]}, "row 0, 'a': a list is not a number"),
        ('{"examples": [{"a": NaN, "b": 2}]}', "row 0, 'a': the value is missing"),
    ],
)
def test_what_are_no_examples_is_refused(client, body, error):
    assert error in refusal(client, "sum", body, "regress")


@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5, "6"], [], [[1, 2, 3]], 3])
def test_an_example_of_another_size_is_refused(client, values):
    assert "row 0, 'x'" in refusal(client, "tensor", {"examples": [{"x": values}]}, "regress")


def test_a_verb_that_a_model_has_no_answer_to_is_refused(client, registry):
    registry.add(make_model(name="sign", target=SIGN, task="classification"))
    registry.add(make_model(name="two", target=Target(name="two", outputs=("x", "y"))))
    registry.add(make_model(name="groups", task="clustering"))
    examples = {"examples": [{"a": 1, "b": 2}]}
    for model, verb, answered in (
        ("sum", "classify", "predict and regress"),
        ("sign", "regress", "predict and classify"),
        ("two", "regress", "predict"),
        ("groups", "classify", "predict"),
    ):
        assert refusal(client, model, examples, verb).endswith(f"it answers {answered}")

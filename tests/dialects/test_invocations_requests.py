"""What /invocations takes: MLflow's four forms, CSV with a header and SageMaker's without, NumPy's files, pictures."""

import io

import numpy as np
import orjson
import pytest

from app.predictions import Outputs
from app.signature import Column, ImageSignature, TableSignature, Target
from tests.fakes import SIGN, make_model
from tests.inputs.helpers import encode

COUNTRIES = TableSignature(columns=(Column(name="from", dtype="string"), Column(name="to", dtype="string")))


class CountRuntime:
    """The length of each row's texts, or the pixels of each picture."""

    def predict(self, arrays):
        counts = [[value.size if isinstance(value, np.ndarray) else len(value) for value in a] for a in arrays.values()]
        return Outputs(np.sum(np.array(counts, float), axis=0))


@pytest.fixture
def registry(registry):
    registry.add(make_model(name="trip", signature=COUNTRIES, runtime=CountRuntime()))
    registry.add(
        make_model(name="picture", signature=ImageSignature(), runtime=CountRuntime(), examples=({"b64": ""},))
    )
    return registry


def invoke(client, body, content_type="application/json", path="/invocations", **headers):
    body = body if isinstance(body, bytes | str) else orjson.dumps(body)
    return client.post(path, data=body, content_type=content_type, headers=headers)


def predictions(reply):
    assert reply.status_code == 200, reply.text
    return reply.json["predictions"]


def message(reply, status=400):
    assert (reply.status_code, reply.content_type) == (status, "application/json")
    assert set(reply.json) == {"error_code", "message"}
    return reply.json["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2], [3, 4]]}},
        {"dataframe_split": {"columns": ["b", "a"], "data": [[2, 1], [4, 3]], "index": ["x", 7]}},
        {"dataframe_records": [{"a": 1, "b": 2}, {"b": 4, "a": 3}]},
        {"instances": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]},
        {"instances": [[1, 2], [3, 4]]},
        {"inputs": {"a": [1, 3], "b": [2, 4]}},
        {"inputs": [[1, 2], [3, 4]]},
        {"instances": [[1, 2], [3, 4]], "params": None},
        {"instances": [[1, 2], [3, 4]], "params": {}, "parameters": {}},
    ],
)
def test_each_form_says_the_same_rows(client, body):
    assert predictions(invoke(client, body)) == [3, 7]


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["a", "b"], "data": []}},
        {"dataframe_records": []},
        {"instances": []},
        {"inputs": {"a": [], "b": []}},
    ],
)
def test_no_rows_have_no_predictions(client, body):
    assert predictions(invoke(client, body)) == []


@pytest.mark.parametrize("form", ["instances", "inputs", "dataframe_split"])
def test_a_tensor_is_said_in_the_same_forms(client, form):
    row = [[1, 2, 3], [4, 5, 6]]
    said = {"instances": [row], "inputs": {"x": [row]}, "dataframe_split": {"columns": ["x"], "data": [[row]]}}
    assert predictions(invoke(client, {form: said[form]}, path="/invocations/tensor")) == [21]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([[1, 2]], "the JSON is a list"),
        ({}, "the JSON has the members none; accepted: exactly one of dataframe_split, dataframe_records, instances"),
        ({"columns": ["a"], "data": []}, "the JSON has the members 'columns', 'data'"),
        ({"instances": [], "inputs": {}}, "exactly one of"),
        ({"instances": [[1, 2]], "signature_name": "x"}, "'instances', 'signature_name'"),
        ({"instances": [[1, 2]], "params": {"top": 3}}, "'params': the model takes no parameters"),
        ({"instances": [[1, 2]], "parameters": 0}, "'parameters': the model takes no parameters"),
        ({"instances": {"a": 1}}, "'instances': it is an object (accepted: a list"),
        ({"dataframe_records": {"a": [1]}}, "'dataframe_records': it is an object (accepted: a list of objects)"),
        ({"dataframe_records": [{"a": 1, "b": 2}, [1, 2]]}, "row 1: the row is a list"),
        ({"inputs": 3}, "'inputs': it is 3"),
        ({"dataframe_split": [[1, 2]]}, "'dataframe_split' is a list"),
        ({"dataframe_split": {"data": [[1, 2]]}}, "it has 'data' (accepted: an object with \"columns\""),
        ({"dataframe_split": {"columns": ["a", "b"], "data": [], "x": 1}}, "it has 'columns', 'data', 'x'"),
        ({"dataframe_split": {"columns": ["a", 0], "data": []}}, "'columns': a column's name is 0"),
        (
            {"dataframe_split": {"columns": ["a", "b", "a"], "data": [[1, 2, 1]]}},
            "'a': the column stands more than once",
        ),
        ({"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2], [3]]}}, "row 1: the row has 1 values"),
        (
            {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2]], "index": []}},
            "'index': the index does not fit",
        ),
        ({"dataframe_split": {"columns": ["a", "bee"], "data": [[1, 2]]}}, "'bee': the column is not known"),
        ({"dataframe_split": {"columns": ["a", "b"], "data": [[1, "2"]]}}, "row 0, 'b': '2' is not a number"),
        ("{", "the body is not JSON"),
    ],
)
def test_what_is_wrong_with_a_json_body_is_said(client, body, said):
    assert said in message(invoke(client, body))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("a,b\n1,2\n3,4\n", "text/csv"),
        ("b,a\n2,1\n4,3\n", "text/csv; charset=utf-8"),
        ("\ufeffa,b\r\n1,2\r\n3,4", "text/csv; header=present"),
        ("1,2\n3,4\n", "text/csv"),
        ("\ufeff1,2\r\n3,4", "text/csv"),
        ("1,2\n3,4\n", "text/csv; header=absent"),
    ],
)
def test_csv_with_a_header_and_without(client, body, content_type):
    assert predictions(invoke(client, body.encode(), content_type)) == [3, 7]


@pytest.mark.parametrize(
    ("body", "content_type", "lengths"),
    [
        ("from,to\nOslo,Rome\n", "text/csv", [8]),
        ("to,from\nOslo,Rome\n", "text/csv", [8]),
        ("Oslo,Rome\n", "text/csv", [8]),
        ("from,to\nOslo,Rome\n", "text/csv; header=absent", [6, 8]),
        ('"a\nb",c\n', "text/csv", [4]),
    ],
)
def test_texts_that_could_be_a_header_or_a_row(client, body, content_type, lengths):
    assert predictions(invoke(client, body, content_type, "/invocations/trip")) == lengths


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        ("from,too\nOslo,Rome\n", "text/csv", "'too': the column is not known (did you mean 'to'?"),
        ("FROM, TO\nOslo,Rome\n", "text/csv", "'FROM': the column is not known"),
        ("Oslo,Rome\n", "text/csv; header=present", "'Oslo': the column is not known"),
        (
            "Oslo\n",
            "text/csv",
            "row 0: the first line has 1 fields (accepted: 2 fields a line: from, to, in this order",
        ),
        ("Oslo,Rome\nBern\n", "text/csv", "row 1: the row has 1 fields"),
        ('"Oslo,Rome', "text/csv", "the CSV cannot be read"),
        ("", "text/csv", "the CSV is empty"),
        ("", "text/csv; header=absent", "the CSV is empty"),
        (b"Oslo,\xff\n", "text/csv", "the CSV is not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_csv_body_is_said(client, body, content_type, said):
    assert said in message(invoke(client, body, content_type, "/invocations/trip"))


def test_a_numpy_file(client):
    file = io.BytesIO()
    np.save(file, np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert predictions(invoke(client, file.getvalue(), "application/x-npy")) == [3, 7]


@pytest.mark.parametrize("content_type", ["image/png", "application/x-image"])
def test_a_picture(client, content_type):
    body = encode(np.zeros((4, 5, 3), np.uint8))
    assert predictions(invoke(client, body, content_type, "/invocations/picture")) == [60]
    assert "not a picture" in message(invoke(client, body, content_type), 415)


@pytest.mark.parametrize(
    ("content_type", "said"),
    [
        ("text/plain", "the content type 'text/plain' is not read; accepted: application/json, text/csv"),
        (None, "there is no content type"),
        ("application/json; charset=latin-1", "charset=latin-1"),
        (
            "application/json; format=pandas-split",
            "format=pandas-split; with application/json it may say charset=utf-8",
        ),
        ("text/csv; header=maybe", "header=maybe; with text/csv it may say charset=utf-8; header=present or absent"),
    ],
)
def test_another_content_type_is_415(client, content_type, said):
    assert said in message(invoke(client, {"instances": [[1, 2]]}, content_type), 415)


def test_the_default_model_answers_and_a_path_names_another(client, registry):
    registry.add(make_model(name="sign", version=2, target=SIGN, task="classification"))
    row = {"instances": [[1, 2]]}
    assert invoke(client, row).headers["X-Model"].startswith("sum/1@")
    assert invoke(client, row, path="/invocations/sign").headers["X-Model"].startswith("sign/2@")
    assert invoke(client, row, path="/invocations/sign?version=1").headers["X-Model"].startswith("sign/1@")


def test_columns_of_a_target_have_no_part_in_it(registry, client):
    registry.add(make_model(name="named", target=Target(name="a")))
    assert predictions(invoke(client, {"instances": [[1, 2]]}, path="/invocations/named")) == [3]

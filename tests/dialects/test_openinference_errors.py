"""Open Inference Protocol v2: every way of getting it wrong is told in one sentence, and never a 500."""

import json
import struct

import pytest

from app.signature import Column, TableSignature
from tests.fakes import IMAGE, make_model

HEADER = "Inference-Header-Content-Length"
SUM, TENSOR = "/v2/models/sum/infer", "/v2/models/tensor/infer"
MIXED = TableSignature(
    columns=tuple(Column(name=dtype, dtype=dtype) for dtype in ("float64", "float32", "int64", "bool", "string"))
)


@pytest.fixture
def registry(registry):
    registry.add(make_model(name="mixed", signature=MIXED))
    registry.add(make_model(name="picture", signature=IMAGE))
    return registry


def matrix(**members):
    """A request that would be right."""
    return {"name": "m", "shape": [1, 2], "datatype": "FP64", "data": [1, 2], **members}


def without(member, /, **members):
    tensor = matrix(**members)
    del tensor[member]
    return tensor


def refusal(reply, status=400):
    assert reply.status_code == status, reply.data
    assert reply.content_type == "application/json"
    assert list(reply.json) == ["error"]
    return reply.json["error"]


def test_the_request_that_is_varied_here_is_right(client):
    assert client.post(SUM, json={"inputs": [matrix()]}).status_code == 200


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b"[" * 5000, "the body is not JSON"),
        (b"[]", "the request is not accepted: Input should be a valid dictionary"),
        (b"{}", "the request is not accepted: inputs: Field required"),
        (b'{"inputs": []}', "inputs: List should have at least 1 item"),
        (b'{"inputs": {}}', "inputs: Input should be a valid list"),
        (b'{"inputs": [1]}', "inputs.0: Input should be a valid dictionary"),
        (b'{"inputs": [], "inputs": []}', "more than once"),
        (b'{"instances": []}', "inputs: Field required"),
    ],
)
def test_a_body_that_is_no_request_is_refused(client, body, error):
    assert error in refusal(client.post(SUM, data=body))


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"id": 7}, "id: Input should be a valid string"),
        ({"output": []}, "output: Extra inputs are not permitted"),
        ({"outputs": ["predict"]}, "outputs.0: Input should be a valid dictionary"),
        ({"outputs": [{"name": "probabilities"}]}, "no output 'probabilities'; model 'sum' has predict"),
        ({"outputs": [{"name": "predict_proba"}]}, "no output 'predict_proba'; model 'sum' has predict"),
        ({"outputs": [{"name": "predict"}] * 2}, "the output 'predict' is given 2 times"),
        ({"parameters": {"binary_data_output": "yes"}}, "parameters.binary_data_output: Input should be a valid bool"),
        ({"parameters": {"sequence_id": 3}}, "parameters: sequences is not offered"),
        (
            {"outputs": [{"name": "predict", "parameters": {"classification": 2}}]},
            "outputs.0.parameters: the classification extension is not offered",
        ),
    ],
)
def test_a_request_s_members_are_checked(client, members, error):
    assert error in refusal(client.post(SUM, json={"inputs": [matrix()], **members}))


@pytest.mark.parametrize(
    "members",
    [
        {"model_name": "sum", "model_version": "1"},
        {"parameters": {"priority": 1, "timeout": 9, "sequence_id": 0, "my_own": [1]}},
        {"outputs": []},
    ],
)
def test_hints_and_repetitions_are_no_mistakes(client, members):
    assert client.post(SUM, json={"inputs": [matrix()], **members}).status_code == 200


@pytest.mark.parametrize(
    ("tensor", "error"),
    [
        (without("name"), "inputs.0.name: Field required"),
        (without("shape"), "inputs.0.shape: Field required"),
        (without("datatype"), "inputs.0.datatype: Field required"),
        (without("data"), "input 'm' has neither data nor binary_data_size"),
        (matrix(data=None), "input 'm' has neither data nor binary_data_size"),
        (matrix(data=5), "data is 5; accepted: a list"),
        (matrix(data={"a": 1}), "data is an object; accepted: a list"),
        (matrix(dtype="FP64"), "inputs.0.dtype: Extra inputs are not permitted"),
        (matrix(datatype="fp64"), "inputs.0.datatype: Input should be 'BOOL', 'UINT8'"),
        (matrix(datatype="BF16"), "inputs.0.datatype: Input should be 'BOOL', 'UINT8'"),
        (matrix(shape=2), "inputs.0.shape: Input should be a valid list"),
        (matrix(shape=[-1, 2]), "inputs.0.shape.0: Input should be greater than or equal to 0"),
        (matrix(shape=[True, 2]), "inputs.0.shape.0: Input should be a valid integer"),
        (matrix(shape=[1.0, 2]), "inputs.0.shape.0: Input should be a valid integer"),
        (matrix(shape=["1", 2]), "inputs.0.shape.0: Input should be a valid integer"),
        (matrix(shape=[2, 2]), "data has 2 values, and the shape [2, 2] 4"),
        (matrix(shape=[]), "data has 2 values, and the shape [] 1"),
        (matrix(shape=[2**62, 2**62]), "data has 2 values, and the shape"),
        (matrix(shape=[0, 2**62, 2**62], data=[]), "input 'm': array is too big"),
        (matrix(shape=[0, 2**63], data=[]), "input 'm': Maximum allowed dimension exceeded"),
        (matrix(shape=[1] * 65, data=[1]), "input 'm': maximum supported dimension"),
        (matrix(data=[[1], [2]]), "data is not nested as the shape [1, 2]"),
        (matrix(data=[[1, 2], [3]]), "data is not nested as the shape [1, 2]"),
        (matrix(data=[[[1, 2]]]), "[1, 2]"),
        (matrix(data=[[1, [2]]]), "a list is not a number"),
        (matrix(data=[1, [2]]), "a list is not a number"),
        (matrix(data=[1, True]), "true is not a number"),
        (matrix(data=[1, "2"]), "'2' is not a number"),
        (matrix(data=[1, 2**53 + 1]), "9007199254740993 has no exact floating-point value"),
        (matrix(data=[1, 1e39], datatype="FP32"), "some values do not fit into 32 bits"),
        (matrix(data=[1, 7e4], datatype="FP16"), "some values do not fit into 16 bits"),
        (matrix(data=[1, 1e-9], datatype="FP16"), "some values do not fit into 16 bits"),
        (matrix(data=[1, -1e-50], datatype="FP32"), "some values do not fit into 32 bits"),
        (matrix(data=[1, 2049], datatype="FP16"), "2049 has no exact floating-point value of 16 bits"),
        (matrix(data=[1, 16777217], datatype="FP32"), "16777217 has no exact floating-point value of 32 bits"),
        (matrix(data=[1, 2.0], datatype="INT64"), "2.0 is not a whole number"),
        (matrix(data=[1, True], datatype="INT8"), "true is not a whole number"),
        (matrix(data=[1, 128], datatype="INT8"), "Python integer 128 out of bounds for int8"),
        (matrix(data=[1, -1], datatype="UINT64"), "input 'm': "),
        (matrix(data=[1, 0], datatype="BOOL"), "1 is not true or false"),
        (matrix(data=[True, False], datatype="BOOL"), "the input"),
        (matrix(data=["1", "2"], datatype="BYTES"), "the input"),
        (matrix(data=[1, 2], datatype="BYTES"), "1 is not text"),
        (matrix(data=[1, None]), "'b': the value is missing"),
        (matrix(data=["?", "YQ=="], datatype="BYTES", parameters={"content_type": "base64"}), "base64"),
        (matrix(parameters={"content_type": 3}), "inputs.0.parameters.content_type: Input should be 'pd', 'np'"),
        (matrix(parameters={"content_type": "datetime"}), "inputs.0.parameters.content_type: Input should be 'pd'"),
        (matrix(parameters={"shared_memory_region": "r"}), "inputs.0.parameters: shared memory is not offered"),
        (matrix(parameters={"binary_data_size": -1}), "inputs.0.parameters.binary_data_size: Input should be greater"),
        (matrix(parameters={"binary_data_size": 16}), "has both data and binary_data_size"),
        (matrix(shape=[2], name="c"), "accepted: [rows, 2]: the columns a, b, in this order"),
    ],
)
def test_a_tensor_is_exactly_what_it_claims(client, tensor, error):
    assert error in refusal(client.post(SUM, data=json.dumps({"inputs": [tensor]})))


def test_an_input_is_given_once(client):
    assert "the input 'm' is given 2 times" in refusal(client.post(SUM, json={"inputs": [matrix(), matrix()]}))


FITTING = {
    "float64": {"FP16", "FP32", "FP64", "INT8", "UINT8", "INT64"},
    "float32": {"FP16", "FP32", "FP64", "INT8", "UINT8", "INT64"},
    "int64": {"INT8", "UINT8", "INT64"},
    "bool": {"BOOL"},
    "string": {"BYTES"},
}
VALUES = {"BOOL": True, "BYTES": "a", **dict.fromkeys(("FP16", "FP32", "FP64", "INT8", "UINT8", "INT64"), 1)}


@pytest.mark.parametrize("datatype", VALUES)
@pytest.mark.parametrize("column", FITTING)
def test_a_column_takes_the_datatypes_of_its_own_kind(client, column, datatype):
    values = {"float64": 1.5, "float32": 1.5, "int64": 1, "bool": True, "string": "a"}
    datatypes = {"float64": "FP64", "float32": "FP32", "int64": "INT64", "bool": "BOOL", "string": "BYTES"}
    values[column], datatypes[column] = VALUES[datatype], datatype
    inputs = [{"name": n, "shape": [1], "datatype": datatypes[n], "data": [values[n]]} for n in values]
    reply = client.post("/v2/models/mixed/infer", json={"inputs": inputs})
    if datatype in FITTING[column]:
        assert reply.status_code in (200, 500)  # the sum of text is the model's own trouble
    else:
        assert f"input {column!r}: the datatype is {datatype}; accepted: " in refusal(reply)


# Binary data


def test_a_header_must_be_a_length(client):
    for value in ("", "x", "-1", "1.5", "٣", "9" * 30):
        assert refusal(client.post(SUM, data=b"{}", headers={HEADER: value.encode()})).startswith(HEADER)


def test_the_json_cannot_be_longer_than_the_body(client):
    error = refusal(client.post(SUM, data=b"{}", headers={HEADER: "3"}))
    assert error == f"{HEADER} is 3, and the body has only 2 bytes"


def ask_binary(client, parts, tail, url=SUM):
    head = json.dumps({"inputs": parts}).encode()
    return client.post(url, data=head + tail, headers={HEADER: str(len(head))})


def sized(size, **members):
    return without("data", parameters={"binary_data_size": size}, **members)


@pytest.mark.parametrize(
    ("parts", "tail", "error"),
    [
        ([sized(16)], bytes(15), "input 'm': binary_data_size is 16, but 15 bytes are left"),
        ([sized(2**62)], bytes(15), "but 15 bytes are left"),
        ([sized(16)], bytes(17), "1 bytes follow the last input"),
        ([matrix()], bytes(3), "3 bytes follow the last input"),
        ([sized(8)], bytes(8), "binary_data_size is 8; its shape and datatype take 16"),
        ([sized(16, shape=[2**40, 2**40])], bytes(16), "its shape and datatype take"),
        ([sized(2, datatype="BOOL")], b"\0\2", "some bytes are neither 0 nor 1"),
        ([sized(3, datatype="BYTES")], bytes(3), "element 0 reaches beyond the tensor's 3 bytes"),
        ([sized(9, datatype="BYTES")], b"\4\0\0\0abcd\1", "element 1 reaches beyond the tensor's 9 bytes"),
        ([sized(8, datatype="BYTES")], b"\5\0\0\0abcd", "element 0 reaches beyond the tensor's 8 bytes"),
        ([sized(8, datatype="BYTES")], b"\xff\xff\xff\xffabcd", "element 0 reaches beyond"),
        ([sized(4, datatype="BYTES")], bytes(4), "there are 1 elements in its bytes, and 2 in its shape"),
        ([sized(8, shape=[1, 1])], struct.pack("<d", 1), "the array's shape is [1, 1]"),
        ([sized(8, name="a", shape=[1]), sized(8, name="a", shape=[1])], bytes(16), "the input 'a' is given 2 times"),
    ],
)
def test_bytes_are_exactly_those_that_are_promised(client, parts, tail, error):
    assert error in refusal(ask_binary(client, parts, tail))


def test_without_the_header_nothing_stands_behind_the_json(client):
    error = refusal(client.post(SUM, json={"inputs": [sized(16)]}))
    assert (
        "0 bytes are left of those behind the JSON (Inference-Header-Content-Length says where the JSON ends)" in error
    )


@pytest.mark.parametrize(
    ("model", "body", "error"),
    [
        ("sum", bytes(16), "a raw request has one input, and the model has 2"),
        ("tensor", bytes(20), "binary_data_size is 20; its shape and datatype take 24"),
        ("tensor", struct.pack("<6f", *[11] * 6), "some values are not within 0 to 10"),
        ("picture", b"no picture", "'image'"),
        ("picture", b"", "'image'"),
    ],
)
def test_a_raw_body_that_is_no_row_is_refused(client, model, body, error):
    assert error in refusal(client.post(f"/v2/models/{model}/infer", data=body, headers={HEADER: "0"}))


# Where there is nothing


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/models/absent", 404),
        ("GET", "/v2/models/absent/ready", 404),
        ("GET", "/v2/models/sum/versions/2", 404),
        ("GET", "/v2/models/sum/versions/2/ready", 404),
        ("POST", "/v2/models/absent/infer", 404),
        ("POST", "/v2/models/sum/versions/2/infer", 404),
        ("GET", "/v2/models/sum/config", 404),
        ("GET", "/v2/", 404),
        ("GET", "/v2/absent", 404),
        ("POST", "/v2", 405),
        ("GET", SUM, 405),
    ],
)
def test_what_is_not_there_is_told_in_the_protocol_s_shape(client, method, path, status):
    refusal(client.open(path, method=method), status)


def test_a_content_encoding_that_nobody_reads_is_415(client):
    refusal(client.post(SUM, data=b"{}", headers={"Content-Encoding": "br"}), 415)

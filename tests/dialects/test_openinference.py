"""Open Inference Protocol v2: what is told of models, and every way of asking one."""

import base64
import gzip
import json
import struct
import zlib

import numpy as np
import pytest
from jsonschema import validate

from app.dialects.openinference import examples
from app.predictions import Instances, Outputs
from app.repository.traffic import Traffic
from app.signature import Column, TableSignature, Target
from tests.fakes import IMAGE, make_model
from tests.inputs.helpers import encode

HEADER = "Inference-Header-Content-Length"
MIXED = TableSignature(
    columns=(
        Column(name="size", dtype="float32"),
        Column(name="count", dtype="int64"),
        Column(name="new", dtype="bool"),
        Column(name="kind", dtype="string"),
        Column(name="age", dtype="int64", nullable=True),
        Column(name="note", dtype="string", nullable=True),
    )
)
EXAMPLE = {"size": 1.5, "count": 2, "new": True, "kind": "a", "age": 7, "note": "b"}
PIXELS = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
FOUND = Instances(
    height=3,
    width=4,
    boxes=np.array([[0, 0, 2, 1], [1, 1, 4, 3]]),
    class_ids=np.array([5, 6]),
    class_names=("cat", "dög"),
    scores=np.array([0.75, 0.5]),
    masks=(np.array([[True, False]]), np.ones((2, 3), bool)),
)
FOUND_OUTPUTS = [
    ("boxes", "INT64", [-1, 4]),
    ("class_ids", "INT64", [-1]),
    ("class_names", "BYTES", [-1]),
    ("scores", "FP64", [-1]),
]


class Recorder:
    """Answers a row count and keeps what it was asked."""

    def __init__(self, answer=None):
        self.arrays = None
        self.answer = answer

    def predict(self, arrays):
        self.arrays = {name: array.tolist() for name, array in arrays.items()}
        rows = len(next(iter(arrays.values())))
        return Outputs(np.arange(rows, dtype=float)) if self.answer is None else self.answer(rows)


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def registry(registry, recorder):
    registry.add(make_model(name="mixed", signature=MIXED, runtime=recorder, examples=(EXAMPLE,)))
    picture = {"b64": base64.b64encode(encode(PIXELS)).decode()}
    finder = Recorder(lambda rows: Outputs([FOUND] * rows))
    for task in ("segmentation", "detection"):
        registry.add(make_model(name=task, signature=IMAGE, task=task, runtime=finder, examples=(picture,)))
    turned = Recorder(lambda rows: Outputs(np.arange(2.0 * rows).reshape(-1, 2)))
    target = Target(name="turned", outputs=("u", "v"))
    registry.add(make_model(name="turned", task="transform", target=target, runtime=turned))
    codes = Recorder(lambda rows: Outputs(np.full(rows, 7, np.int32), np.full((rows, 2), 0.5, np.float32)))
    registry.add(
        make_model(name="codes", task="classification", target=Target(name="code", classes=(7, 8)), runtime=codes)
    )
    return registry


def column(name, datatype, *values, **parameters):
    tensor = {"name": name, "shape": [len(values)], "datatype": datatype, "data": list(values)}
    return {**tensor, "parameters": parameters} if parameters else tensor


def infer(client, model, *inputs, **members):
    return client.post(f"/v2/models/{model}/infer", json={"inputs": list(inputs), **members})


A, B = column("a", "FP64", 1.5, 3), column("b", "FP64", 2, 4)


# What is told


def test_the_server_says_what_it_is(client, app):
    assert client.get("/v2").json == {
        "name": "slipway",
        "version": app.config["VERSION"],
        "extensions": ["binary_tensor_data", "model_repository"],
    }
    assert client.get("/v2/health/live").json == {"live": True}
    assert client.get("/v2/health/ready").json == {"ready": True}


def test_a_server_whose_default_model_is_missing_is_not_ready(client, registry):
    registry._default_required, registry._default = True, "absent"
    reply = client.get("/v2/health/ready")
    assert reply.status_code == 503
    assert list(reply.json) == ["error"]


@pytest.mark.parametrize("path", ["/v2/models/sum", "/v2/models/sum/versions/1"])
def test_a_table_s_columns_are_its_inputs(client, path):
    assert client.get(path).json == {
        "name": "sum",
        "versions": ["1"],
        "platform": "sum",
        "inputs": [{"name": name, "datatype": "FP64", "shape": [-1]} for name in "ab"],
        "outputs": [{"name": "predict", "datatype": "FP64", "shape": [-1]}],
    }
    assert client.get(f"{path}/ready").json == {"name": "sum", "ready": True}


def test_each_dtype_has_its_datatype(client):
    inputs = client.get("/v2/models/mixed").json["inputs"]
    assert [each["datatype"] for each in inputs] == ["FP32", "INT64", "BOOL", "BYTES", "INT64", "BYTES"]
    assert inputs[3]["parameters"] == {"content_type": "str"}


@pytest.mark.parametrize(
    ("model", "kind", "expected"),
    [
        ("tensor", "inputs", [("x", "FP32", [-1, 2, 3])]),
        ("detection", "inputs", [("image", "BYTES", [-1])]),
        ("sign", "outputs", [("predict", "BYTES", [-1]), ("predict_proba", "FP64", [-1, 2])]),
        ("codes", "outputs", [("predict", "INT64", [-1]), ("predict_proba", "FP64", [-1, 2])]),
        ("turned", "outputs", [("transform", "FP64", [-1, 2])]),
        ("detection", "outputs", FOUND_OUTPUTS),
        ("segmentation", "outputs", [*FOUND_OUTPUTS, ("masks", "BOOL", [-1, -1, -1])]),
    ],
)
def test_inputs_and_outputs_are_told_with_datatypes_and_shapes(client, model, kind, expected):
    told = client.get(f"/v2/models/{model}").json[kind]
    assert [(each["name"], each["datatype"], each["shape"]) for each in told] == expected


def test_a_shadow_is_not_shown_what_metadata_asks(client, registry, recorder):
    registry.add(make_model(version=2, runtime=recorder))
    registry._traffic = {"sum": Traffic(traffic={1: 100}, shadow=2)}
    client.get("/v2/models/sum").close()
    assert recorder.arrays is None
    infer(client, "sum", A, B).close()
    assert recorder.arrays == {"a": [1.5, 3], "b": [2, 4]}


# Asking


@pytest.mark.parametrize("path", ["/v2/models/sum/infer", "/v2/models/sum/versions/1/infer"])
def test_columns_are_inputs(client, path):
    reply = client.post(path, json={"id": "seven", "inputs": [B, A]})
    assert reply.json == {
        "model_name": "sum",
        "model_version": "1",
        "id": "seven",
        "outputs": [{"name": "predict", "datatype": "FP64", "shape": [2], "data": [3.5, 7]}],
    }
    assert reply.headers["X-Model"] == "sum/1@0123456789ab"


@pytest.mark.parametrize("data", [[1.5, 2, 3, 4], [[1.5, 2], [3, 4]]])
@pytest.mark.parametrize("name", ["input-0", "a"])
def test_a_whole_matrix_is_an_input_under_any_name(client, name, data):
    reply = infer(client, "sum", {"name": name, "shape": [2, 2], "datatype": "FP32", "data": data})
    assert reply.json["outputs"][0]["data"] == [3.5, 7]
    assert "id" not in reply.json


def test_a_table_as_mlserver_s_clients_send_it(client, recorder):
    request = {
        "id": None,
        "parameters": {"content_type": "pd", "headers": None},
        "inputs": [
            column("size", "FP64", 1.5, 2.5),
            {**column("count", "INT64", 1, 2), "shape": [2, 1]},
            column("new", "BOOL", True, False),
            column("kind", "BYTES", "ä", "b", content_type="str"),
            column("age", "FP64", 7, None),
            column("note", "BYTES", "Yg==", None, content_type="base64"),
        ],
        "outputs": [{"name": "predict", "parameters": None}],
    }
    reply = client.post("/v2/models/mixed/infer", json=request)
    assert reply.status_code == 200, reply.json
    assert recorder.arrays == {
        "size": [1.5, 2.5],
        "count": [1, 2],
        "new": [True, False],
        "kind": ["ä", "b"],
        "age": [7, None],
        "note": ["b", None],
    }


@pytest.mark.parametrize("age", [column("age", "INT64", None, 2**53 + 1), column("age", "INT16", None, 3)])
def test_a_missing_whole_number_is_null(client, recorder, age):
    rest = [
        column("size", "FP16", 1, 2),
        column("count", "UINT64", 1, 2),
        column("new", "BOOL", True, False),
        column("kind", "BYTES", "a", "b"),
        column("note", "BYTES", "a", "b"),
    ]
    assert infer(client, "mixed", age, *rest).status_code == 200
    assert recorder.arrays["age"] == age["data"]


@pytest.mark.parametrize("asked", [["predict_proba"], ["predict"], ["predict_proba", "predict"]])
def test_outputs_are_those_asked_for_in_that_order(client, asked):
    reply = infer(client, "sign", A, B, outputs=[{"name": name} for name in asked])
    assert [output["name"] for output in reply.json["outputs"]] == asked


def test_all_outputs_answer_where_none_is_asked_for(client):
    predict, probabilities = infer(client, "codes", A, B).json["outputs"]
    assert predict == {"name": "predict", "datatype": "INT64", "shape": [2], "data": [7, 7]}
    assert probabilities == {"name": "predict_proba", "datatype": "FP64", "shape": [2, 2], "data": [0.5] * 4}
    (turned,) = infer(client, "turned", A, B, outputs=[]).json["outputs"]
    assert turned == {"name": "transform", "datatype": "FP64", "shape": [2, 2], "data": [0, 1, 2, 3]}


def test_an_answer_to_no_rows_has_the_datatypes_of_any_other(client):
    inputs = [{"name": name, "shape": [0], "datatype": "FP64", "data": []} for name in "ab"]
    found = [(each["datatype"], each["shape"], each["data"]) for each in infer(client, "sign", *inputs).json["outputs"]]
    assert found == [("BYTES", [0], []), ("FP64", [0, 2], [])]


@pytest.mark.parametrize("shape", [[2, 3], [1, 2, 3]])
def test_a_tensor_is_one_row_or_several(client, shape):
    reply = infer(client, "tensor", {"name": "x", "shape": shape, "datatype": "UINT8", "data": [1, 2, 3, 4, 5, 0]})
    assert reply.json["outputs"][0]["data"] == [15]


# Pictures


@pytest.mark.parametrize("shape", [[3, 4, 3], [1, 3, 4, 3]])
def test_a_picture_comes_as_pixels(client, shape):
    pixels = {"name": "image", "shape": shape, "datatype": "UINT8", "data": PIXELS.ravel().tolist()}
    boxes, *_ = infer(client, "segmentation", pixels).json["outputs"]
    assert boxes == {"name": "boxes", "datatype": "INT64", "shape": [2, 4], "data": FOUND.boxes.ravel().tolist()}


def test_a_picture_comes_encoded_in_base64(client):
    text = base64.b64encode(encode(PIXELS)).decode()
    outputs = infer(client, "detection", column("image", "BYTES", text)).json["outputs"]
    assert [output["name"] for output in outputs] == ["boxes", "class_ids", "class_names", "scores"]
    assert outputs[2]["data"] == ["cat", "dög"]


def test_masks_are_answered_where_they_are_asked_for(client):
    picture = column("image", "BYTES", base64.b64encode(encode(PIXELS)).decode())
    assert "masks" not in [output["name"] for output in infer(client, "segmentation", picture).json["outputs"]]
    (masks,) = infer(client, "segmentation", picture, outputs=[{"name": "masks"}]).json["outputs"]
    found = np.reshape(masks["data"], masks["shape"])
    assert (masks["datatype"], masks["shape"]) == ("BOOL", [2, 3, 4])
    assert np.argwhere(found[0]).tolist() == [[0, 0]]
    assert np.argwhere(found[1]).tolist() == [[y, x] for y in (1, 2) for x in (1, 2, 3)]


def test_masks_that_would_be_too_many_are_refused(client, monkeypatch):
    monkeypatch.setattr("app.dialects.openinference.outputs.MOST_MASK_VALUES", 23)
    picture = column("image", "BYTES", base64.b64encode(encode(PIXELS)).decode())
    reply = infer(client, "segmentation", picture, outputs=[{"name": "masks"}])
    assert (reply.status_code, reply.json) == (413, {"error": "the masks have 24 values; at most 23 are answered"})


def test_only_one_picture_answers_at_a_time(client):
    text = base64.b64encode(encode(PIXELS)).decode()
    reply = infer(client, "segmentation", column("image", "BYTES", text, text))
    assert reply.status_code == 400
    assert reply.json["error"].startswith("the request has 2 pictures; accepted: one")


# Binary data


def binary(client, head, *parts, model="sum", **headers):
    """head: JSON bytes, or the request whose inputs say the size of each part."""
    if isinstance(head, dict):
        for tensor, part in zip(head["inputs"], parts, strict=True):
            if part is not None:
                tensor.setdefault("parameters", {}).setdefault("binary_data_size", len(part))
        head = json.dumps(head).encode()
    body = head + b"".join(part for part in parts if part is not None)
    return client.post(f"/v2/models/{model}/infer", data=body, headers={HEADER: str(len(head)), **headers})


def described(name, datatype, *shape):
    return {"name": name, "shape": list(shape), "datatype": datatype}


def split(reply):
    assert reply.status_code == 200, reply.json
    assert reply.content_type == "application/octet-stream"
    length = int(reply.headers[HEADER])
    return json.loads(reply.data[:length]), reply.data[length:]


def test_tensors_come_as_bytes_beside_those_in_json(client):
    request = {"inputs": [described("a", "FP16", 2), B]}
    reply = binary(client, request, struct.pack("<2e", 1.5, 3), None)
    assert reply.json["outputs"][0]["data"] == [3.5, 7]


@pytest.mark.parametrize("dtype", ["<u1", "<u2", "<u4", "<u8", "<i1", "<i2", "<i4", "<i8", "<f2", "<f4", "<f8"])
def test_every_datatype_of_numbers_is_read(client, dtype):
    array = np.array([[1, 2], [3, 100]], dtype)
    datatype = {"u": "UINT", "i": "INT", "f": "FP"}[array.dtype.kind] + str(8 * array.itemsize)
    reply = binary(client, {"inputs": [described("m", datatype, 2, 2)]}, array.tobytes())
    assert reply.json["outputs"][0]["data"] == [3, 103]


def test_booleans_and_texts_are_read(client, recorder):
    request = {
        "inputs": [
            described("new", "BOOL", 2),
            described("kind", "BYTES", 2),
            column("size", "FP32", 1, 2),
            column("count", "INT8", 1, 2),
            column("age", "INT8", 1, 2),
            described("note", "BYTES", 2, 1),
        ]
    }
    texts = b"\2\0\0\0\xc3\xa4\0\0\0\0"
    reply = binary(client, request, b"\1\0", texts, None, None, None, texts, model="mixed")
    assert reply.status_code == 200, reply.json
    assert (recorder.arrays["new"], recorder.arrays["kind"]) == ([True, False], ["ä", ""])


def test_an_encoded_picture_comes_as_bytes(client):
    png = encode(PIXELS)
    request = {"inputs": [described("image", "BYTES", 1)], "outputs": [{"name": "scores"}]}
    reply = binary(client, request, struct.pack("<I", len(png)) + png, model="segmentation")
    assert reply.json["outputs"][0]["data"] == [0.75, 0.5]


def test_all_outputs_come_as_bytes_where_the_request_wants_it(client):
    reply = infer(client, "sign", A, B, parameters={"binary_data_output": True}, id="8")
    head, tail = split(reply)
    assert head["id"] == "8"
    predict, probabilities = head["outputs"]
    assert predict == {
        **described("predict", "BYTES", 2),
        "parameters": {"binary_data_size": 24},
    }
    assert probabilities["parameters"] == {"binary_data_size": 32}
    assert tail[:24] == b"\x08\0\0\0positive" * 2
    np.testing.assert_allclose(np.frombuffer(tail[24:], "<f8").reshape(2, 2).sum(axis=1), 1)


@pytest.mark.parametrize(
    ("whole", "single", "expected"),
    [(True, False, False), (False, True, True), (True, None, True), (None, None, False)],
)
def test_an_output_s_own_wish_counts_more_than_the_request_s(client, whole, single, expected):
    output = {"name": "predict"} if single is None else {"name": "predict", "parameters": {"binary_data": single}}
    parameters = {} if whole is None else {"binary_data_output": whole}
    reply = infer(client, "sum", A, B, outputs=[output], parameters=parameters)
    assert (HEADER in reply.headers) == expected


def test_outputs_in_json_and_as_bytes_share_a_reply(client):
    wanted = [{"name": "predict"}, {"name": "predict_proba", "parameters": {"binary_data": True}}]
    head, tail = split(infer(client, "sign", A, B, outputs=wanted))
    assert head["outputs"][0]["data"] == ["positive", "positive"]
    assert len(tail) == 32


def test_masks_come_as_bytes(client):
    picture = column("image", "BYTES", base64.b64encode(encode(PIXELS)).decode())
    wanted = [{"name": "masks", "parameters": {"binary_data": True}}]
    _, tail = split(infer(client, "segmentation", picture, outputs=wanted))
    assert np.frombuffer(tail, bool).reshape(2, 3, 4).sum() == 7


# Raw requests


def test_a_raw_body_is_one_row_of_the_only_input(client):
    body = struct.pack("<6f", *range(6))
    head, tail = split(client.post("/v2/models/tensor/infer", data=body, headers={HEADER: "0"}))
    assert head["outputs"][0]["shape"] == [1]
    assert struct.unpack("<d", tail) == (15,)


def test_a_raw_body_is_an_encoded_picture(client):
    head, _ = split(client.post("/v2/models/detection/infer", data=encode(PIXELS), headers={HEADER: "0"}))
    assert head["outputs"][0]["shape"] == [2, 4]


# Compression


@pytest.mark.parametrize("expand", [gzip.decompress, zlib.decompress])
@pytest.mark.parametrize("in_binary", [True, False])
def test_large_replies_are_compressed_as_the_client_asks(client, expand, in_binary):
    encoding = "gzip" if expand is gzip.decompress else "deflate"
    inputs = [{"name": name, "shape": [500], "datatype": "FP64", "data": [1.0] * 500} for name in "ab"]
    request = {"inputs": inputs, "parameters": {"binary_data_output": in_binary}}
    reply = client.post("/v2/models/sum/infer", json=request, headers={"Accept-Encoding": encoding})
    if encoding == "gzip" and not in_binary:
        assert "Content-Encoding" not in reply.headers  # NGINX does it
        return
    assert reply.headers["Content-Encoding"] == encoding
    assert reply.headers["Vary"] == "Accept-Encoding"
    body = expand(reply.data)
    length = int(reply.headers[HEADER]) if in_binary else len(body)
    assert json.loads(body[:length])["outputs"][0]["shape"] == [500]
    assert len(reply.data) == int(reply.headers["Content-Length"]) < len(body)


@pytest.mark.parametrize("accepted", ["br", "identity", "gzip;q=0, deflate;q=0"])
def test_a_reply_is_not_compressed_unasked(client, accepted):
    inputs = [{"name": name, "shape": [500], "datatype": "FP64", "data": [1.0] * 500} for name in "ab"]
    request = {"inputs": inputs, "parameters": {"binary_data_output": True}}
    reply = client.post("/v2/models/sum/infer", json=request, headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in reply.headers


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_the_header_s_length_is_that_of_the_expanded_json(client, encoding, compress):
    head = json.dumps({"inputs": [{**described("m", "FP64", 1, 2), "parameters": {"binary_data_size": 16}}]}).encode()
    body = compress(head + struct.pack("<2d", 1, 2))
    headers = {HEADER: str(len(head)), "Content-Encoding": encoding}
    assert client.post("/v2/models/sum/infer", data=body, headers=headers).json["outputs"][0]["data"] == [3]


def test_a_broken_model_answers_500_in_the_protocol_s_shape(client):
    reply = infer(client, "broken", A, B)
    assert (reply.status_code, list(reply.json)) == (500, ["error"])


# Examples


@pytest.mark.parametrize("name", ["sum", "sign", "tensor", "mixed", "turned", "codes", "segmentation", "detection"])
def test_every_example_is_answered(client, registry, name):
    found = examples(registry.resolve(name))
    assert {example.title for example in found} >= {"inputs", "metadata"}
    for example in found:
        reply = client.open(example.path, method=example.method, json=example.body)
        assert reply.status_code == 200, reply.json


def test_an_example_s_answer_keeps_its_schema(client):
    document = client.get("/openapi.json").json
    operation = document["paths"]["/v2/models/sign/infer"]["post"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    validate(infer(client, "sign", A, B, id="1").json, schema)
    assert operation["requestBody"]["content"]["application/json"]["examples"].keys() == {"inputs", "a matrix"}

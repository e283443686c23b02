"""Open Inference Protocol v2 as Triton's own client speaks it to the running stack."""

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from tests.container.stack import ROOT, Stack

IRIS = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
PICTURE = ROOT / "docs" / "numbers.jpg"
BOTH = pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])


@pytest.fixture(scope="module")
def client(service: Stack) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(f"127.0.0.1:{service.port}", concurrency=4) as client:
        yield client


def tensor(name: str, array: np.ndarray, datatype: str, *, binary: bool = True) -> InferInput:
    return InferInput(name, list(array.shape), datatype).set_data_from_numpy(array, binary_data=binary)


def columns(rows: int = 1, *, binary: bool = True) -> list[InferInput]:
    return [tensor(name, np.full(rows, value), "FP64", binary=binary) for name, value in IRIS.items()]


def outputs(*names: str, binary: bool = True) -> list[InferRequestedOutput]:
    return [InferRequestedOutput(name, binary_data=binary) for name in names]


def decoded(labels: np.ndarray) -> list[str]:
    """Texts, which the client leaves as bytes where they came as such."""
    return [label.decode() if isinstance(label, bytes) else label for label in labels.tolist()]


# What is told


def test_the_server_is_live_ready_and_says_what_it_offers(client: InferenceServerClient) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    told = client.get_server_metadata()
    assert (told["name"], told["extensions"]) == ("slipway", ["binary_tensor_data", "model_repository"])


@pytest.mark.parametrize("version", ["", "1"])
def test_a_model_is_ready_and_says_what_it_takes(client: InferenceServerClient, version: str) -> None:
    assert client.is_model_ready("iris", version)
    told = client.get_model_metadata("iris", version)
    assert told["versions"] == ["1"]
    assert told["inputs"] == [{"name": name, "datatype": "FP64", "shape": [-1]} for name in IRIS]
    assert told["outputs"] == [
        {"name": "predict", "datatype": "BYTES", "shape": [-1]},
        {"name": "predict_proba", "datatype": "FP64", "shape": [-1, 3]},
    ]


@pytest.mark.parametrize("model", ["iris", "wine", "diabetes", "mnist", "digits"])
def test_answers_are_of_the_datatypes_and_shapes_that_metadata_promises(
    client: InferenceServerClient, model: str
) -> None:
    told = client.get_model_metadata(model)
    image = np.zeros((1, 28, 28), np.float32) if model == "mnist" else np.full((1, 60, 60, 3), 255, np.uint8)
    if model in ("mnist", "digits"):
        asked = [tensor("image", image, "FP32" if model == "mnist" else "UINT8")]
    else:
        codes = {"INT64": np.ones(1, np.int64), "FP64": np.ones(1)}
        asked = [tensor(each["name"], codes[each["datatype"]], each["datatype"]) for each in told["inputs"]]
    result = client.infer(model, asked, outputs=outputs(*(each["name"] for each in told["outputs"])))
    for each in told["outputs"]:
        output = result.get_output(each["name"])
        assert output["datatype"] == each["datatype"]
        assert len(output["shape"]) == len(each["shape"])
        assert all(e in (-1, o) for o, e in zip(output["shape"], each["shape"], strict=True))


# Asking


@BOTH
def test_columns_are_asked_in_either_way(client: InferenceServerClient, binary: bool) -> None:
    asked = outputs("predict", "predict_proba", binary=binary)
    result = client.infer("iris", columns(3, binary=binary), outputs=asked, request_id="seven")
    assert result.get_response()["id"] == "seven"
    assert decoded(result.as_numpy("predict")) == ["setosa"] * 3
    probabilities = result.as_numpy("predict_proba")
    assert (probabilities.dtype, probabilities.shape) == (np.float64, (3, 3))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_both_ways_give_the_same_numbers(client: InferenceServerClient, binary_in: bool, binary_out: bool) -> None:
    matrix = np.random.default_rng(0).uniform(1, 5, (50, 4)).astype(np.float32)
    result = client.infer(
        "iris",
        [tensor("input-0", matrix, "FP32", binary=binary_in)],
        model_version="1",
        outputs=outputs("predict_proba", binary=binary_out),
    )
    expected = client.infer("iris", [tensor(n, matrix[:, i].copy(), "FP32") for i, n in enumerate(IRIS)])
    np.testing.assert_array_equal(result.as_numpy("predict_proba"), expected.as_numpy("predict_proba"))
    assert result.as_numpy("predict") is None


@pytest.mark.parametrize("shape", [(28, 28), (1, 28, 28), (5, 28, 28)])
def test_a_thumbnail_is_a_tensor(client: InferenceServerClient, shape: tuple[int, ...]) -> None:
    result = client.infer("mnist", [tensor("image", np.zeros(shape, np.uint8), "UINT8")])
    assert result.as_numpy("predict").shape == ((shape[0],) if len(shape) == 3 else (1,))


def picture(kind: str) -> InferInput:
    pixels = np.asarray(Image.open(PICTURE).convert("RGB"))
    if kind == "encoded":
        encoded = np.empty(1, object)
        encoded[0] = PICTURE.read_bytes()
        return tensor("image", encoded, "BYTES")
    return tensor("image", pixels if kind == "pixels" else pixels[np.newaxis], "UINT8")


@pytest.mark.parametrize("kind", ["pixels", "a batch of one", "encoded"])
def test_a_picture_is_read(client: InferenceServerClient, kind: str) -> None:
    names = ("boxes", "class_ids", "class_names", "scores", "masks")
    result = client.infer("digits", [picture(kind)], outputs=outputs(*names))
    boxes, ids, labels, scores, masks = (result.as_numpy(name) for name in names)
    count = len(boxes)
    assert count > 10
    assert (boxes.shape, ids.shape, scores.shape) == ((count, 4), (count,), (count,))
    assert decoded(labels) == [str(each) for each in ids]
    assert (masks.dtype, masks.shape) == (bool, (count, 600, 800))
    for (x1, y1, x2, y2), mask in zip(boxes, masks, strict=True):
        rows, places = np.nonzero(mask)
        assert (places.min(), rows.min(), places.max() + 1, rows.max() + 1) == (x1, y1, x2, y2)


def test_several_requests_are_under_way_at_once(client: InferenceServerClient) -> None:
    waiting = [client.async_infer("iris", columns(rows), request_id=str(rows)) for rows in range(1, 9)]
    for rows, request in enumerate(waiting, start=1):
        result = request.get_result()
        assert (result.get_response()["id"], len(result.as_numpy("predict"))) == (str(rows), rows)


# Compression


@pytest.mark.parametrize("reply", [None, "gzip", "deflate"])
@pytest.mark.parametrize("request_", [None, "gzip", "deflate"])
@BOTH
def test_requests_and_replies_are_compressed(
    client: InferenceServerClient, binary: bool, request_: str | None, reply: str | None
) -> None:
    result = client.infer(
        "iris",
        columns(200, binary=binary),
        outputs=outputs("predict", "predict_proba", binary=binary),
        request_compression_algorithm=request_,
        response_compression_algorithm=reply,
    )
    assert decoded(result.as_numpy("predict")) == ["setosa"] * 200
    assert result.as_numpy("predict_proba").shape == (200, 3)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("in_binary", ["true", "false"])
def test_a_reply_is_really_compressed(service: Stack, encoding: str, in_binary: str) -> None:
    matrix = f'{{"name": "m", "shape": [200, 4], "datatype": "FP32", "data": {[1] * 800}}}'
    body = f'{{"inputs": [{matrix}], "parameters": {{"binary_data_output": {in_binary}}}}}'.encode()
    plain = service.ask("POST", "/v2/models/iris/infer", body)
    packed = service.ask("POST", "/v2/models/iris/infer", body, {"Accept-Encoding": encoding})
    assert packed.headers.get_all("Content-Encoding") == [encoding]
    assert packed.headers.get_all("Vary") == ["Accept-Encoding"]
    assert len(packed.body) < len(plain.body) / 2


# Errors


@pytest.mark.parametrize(
    ("model", "version", "status", "message"),
    [
        ("absent", "", "404", "there is no model 'absent'"),
        ("iris", "9", "404", "model 'iris' has no version '9'"),
        ("wine", "", "400", "the columns"),
    ],
)
def test_an_error_has_a_status_and_a_sentence(
    client: InferenceServerClient, model: str, version: str, status: str, message: str
) -> None:
    with pytest.raises(InferenceServerException) as caught:
        client.infer(model, columns(), model_version=version)
    assert caught.value.status() == status
    assert message in caught.value.message()
    assert not client.is_model_ready("absent")


def test_what_the_client_asks_wrongly_is_told(client: InferenceServerClient) -> None:
    wrong = tensor("sepal_length", np.array(["5.1"], object), "BYTES")
    with pytest.raises(InferenceServerException, match="'sepal_length': the datatype is BYTES; accepted: "):
        client.infer("iris", [wrong, *columns()[1:]])
    with pytest.raises(
        InferenceServerException, match="no output 'probability'; model 'iris' may have predict, predict_proba"
    ):
        client.infer("iris", columns(), outputs=outputs("probability"))
    with pytest.raises(InferenceServerException, match="sequences is not offered"):
        client.infer("iris", columns(), sequence_id=3, sequence_start=True)
    with pytest.raises(InferenceServerException, match="the classification extension is not offered"):
        client.infer("iris", columns(), outputs=[InferRequestedOutput("predict_proba", class_count=2)])


def test_a_body_beyond_the_limit_is_413(client: InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException) as caught:
        client.infer("iris", [tensor("m", np.zeros((2**20 + 1, 4)), "FP64")])
    assert caught.value.status() == "413"


def test_a_large_batch_for_a_model_that_is_not_there_is_404(service: Stack) -> None:
    assert {service.ask("POST", "/v2/models/absent/infer", bytes(30_000_000)).status for _ in range(30)} == {404}


def test_a_large_batch_is_answered_whole(client: InferenceServerClient) -> None:
    rows = np.tile(np.array(list(IRIS.values()), np.float32), (1_600_000, 1))  # 25.6 MB
    result = client.infer("iris", [tensor("m", rows, "FP32")], outputs=outputs("predict_proba"))
    probabilities = result.as_numpy("predict_proba")
    assert probabilities.shape == (1_600_000, 3)
    assert (probabilities == probabilities[0]).all()


# The repository


def states(client: InferenceServerClient) -> dict[str, str]:
    return {each["name"]: each["state"] for each in client.get_model_repository_index()}


def test_a_model_is_unloaded_from_every_worker_and_loaded_again(client: InferenceServerClient) -> None:
    assert states(client)["wine"] == "READY"
    client.unload_model("wine")
    try:
        assert states(client)["wine"] == "UNAVAILABLE"
        assert not any(client.is_model_ready("wine") for _ in range(20))
        with pytest.raises(InferenceServerException, match="model 'wine' is unloaded"):
            client.infer("wine", columns())
        assert client.is_server_ready()
    finally:
        client.load_model("wine")
    assert all(client.is_model_ready("wine") for _ in range(20))
    assert set(states(client).values()) == {"READY"}


def test_a_model_that_is_not_there_is_neither_loaded_nor_unloaded(client: InferenceServerClient) -> None:
    for ask in (client.load_model, client.unload_model):
        with pytest.raises(InferenceServerException, match="there is no model 'absent'"):
            ask("absent")


def test_no_files_are_taken(client: InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException, match="files and configuration come from the repository"):
        client.load_model("iris", config="{}")

"""What TensorFlow Serving's dialect answers: predictions of every task, classes, values, tokens; and metadata."""

import base64
import json

import jsonschema
import numpy as np
import orjson
import pytest

from app import build_app
from app.dialects import schemas, tfserving
from app.engine.model import Loading, load_model
from app.engine.registry import Registry
from app.predictions import Instances, Outputs
from app.repository.bundle import read_bundle
from app.settings import Settings
from app.signature import Column, ImageSignature, TableSignature, Target
from tests.fakes import SIGN, make_model
from tests.inputs.helpers import encode

ROWS = {"instances": [[1, 2], [-1, -2]]}
COLUMNS = {"inputs": {"a": [1, -1], "b": [2, -2]}}
EXAMPLES = {"examples": [{"a": 1, "b": 2}, {"a": -1, "b": -2}]}
TWO = Target(name="both", outputs=("x", "y"))


class FixedRuntime:
    """Always answers the same, to as many rows as it was asked."""

    def __init__(self, predictions, probabilities=None):
        self._predictions, self._probabilities = predictions, probabilities

    def predict(self, arrays):
        rows = len(next(iter(arrays.values())))
        probabilities = None if self._probabilities is None else self._probabilities[:rows]
        return Outputs(self._predictions[:rows], probabilities)


def instances(count):
    """As many instances in a picture of 4 x 6 pixels, one in each row, the first with a full mask."""
    boxes = np.array([[0, row, 6, row + 1] for row in range(count)], np.int64).reshape(-1, 4)
    masks = tuple(np.ones((1, 6), bool) for _ in range(count))
    return Instances(4, 6, boxes, np.full(count, 1), ("one",) * count, np.full(count, 0.5), masks)


@pytest.fixture
def add(registry):
    """Put a model called `odd` into service that answers with these predictions."""

    def add(predictions, probabilities=None, **options):
        runtime = FixedRuntime(predictions, probabilities)
        registry.add(make_model(name="odd", runtime=runtime, **options))

    return add


@pytest.fixture
def finder(add):
    add([instances(2), instances(0)], signature=ImageSignature(), task="segmentation", target=SIGN)


def ask(client, model, body, verb="predict"):
    reply = client.post(f"/v1/models/{model}:{verb}", json=body)
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    return json.loads(reply.data)


def test_a_classifier_answers_predict_with_its_probabilities(client):
    (first, second) = ask(client, "sign", ROWS)["predictions"]
    assert (np.argmax(first), np.argmax(second)) == (1, 0)
    assert sum(first) == pytest.approx(1)
    assert ask(client, "sign", COLUMNS) == {"outputs": [first, second]}


def test_a_classifier_answers_classify_in_the_order_of_its_classes(client):
    scores = ask(client, "sign", ROWS)["predictions"]
    results = ask(client, "sign", EXAMPLES, "classify")["results"]
    assert results == [[["negative", low], ["positive", high]] for low, high in scores]


def test_classes_that_are_numbers_are_labels_as_text(client, add):
    target = Target(name="digit", classes=(7, 9))
    add(np.array([9], object), np.array([[0.25, 0.75]]), task="classification", target=target)
    body = {"examples": EXAMPLES["examples"][:1]}
    assert ask(client, "odd", body, "classify") == {"results": [[["7", 0.25], ["9", 0.75]]]}


def test_a_classifier_without_probabilities_answers_its_classes(client, add):
    target = Target(name="digit", classes=(7, 9))
    add(np.array([9, 7]), task="classification", target=target)
    assert ask(client, "odd", ROWS) == {"predictions": [9, 7]}
    assert ask(client, "odd", COLUMNS) == {"outputs": [9, 7]}
    assert ask(client, "odd", EXAMPLES, "classify") == {"results": [[["9", 0.0]], [["7", 0.0]]]}


def test_a_regression_answers_numbers(client):
    assert ask(client, "sum", ROWS) == {"predictions": [3.0, -3.0]}
    assert ask(client, "sum", COLUMNS) == {"outputs": [3.0, -3.0]}
    assert ask(client, "sum", EXAMPLES, "regress") == {"results": [3.0, -3.0]}


@pytest.mark.parametrize(
    "predictions",
    [np.array([3, -3]), np.array([3, -3], object), np.array([[3.0], [-3.0]]), np.array([3.0, 0, -3])[::2]],
)
def test_values_are_numbers_with_a_fraction(client, add, predictions):
    add(predictions)
    reply = client.post("/v1/models/odd:regress", json=EXAMPLES)
    assert reply.data == b'{"results":[3.0,-3.0]}'


def test_several_outputs_have_their_names(client, add):
    add(np.array([[1.0, 2], [3, 4]]), target=TWO)
    assert ask(client, "odd", ROWS) == {"predictions": [{"x": 1.0, "y": 2.0}, {"x": 3.0, "y": 4.0}]}
    assert ask(client, "odd", COLUMNS) == {"outputs": {"x": [1.0, 3.0], "y": [2.0, 4.0]}}
    assert ask(client, "odd", {"instances": []}) == {"predictions": []}
    assert ask(client, "odd", {"inputs": []}) == {"outputs": {"x": [], "y": []}}


def test_a_single_output_of_a_transform_drops_its_name(client, add):
    add(np.array([[1.0], [3]]), target=Target(name="t", outputs=("x",)), task="transform")
    assert ask(client, "odd", ROWS) == {"predictions": [1.0, 3.0]}
    assert ask(client, "odd", COLUMNS) == {"outputs": [1.0, 3.0]}


@pytest.mark.parametrize("task", ["clustering", "outlier detection"])
def test_other_tasks_answer_what_they_predict(client, add, task):
    add(np.array([1, -1]), task=task)
    assert ask(client, "odd", ROWS) == {"predictions": [1, -1]}


@pytest.mark.parametrize(
    ("predictions", "expected"),
    [
        (np.array([True, False]), [True, False]),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array(["a", None], object), ["a", None]),
        (np.array([0.1, 2], np.float32), [0.1, 2.0]),
        (np.array([2**62, 1], np.uint64), [2**62, 1]),
    ],
)
def test_predictions_of_every_type_are_plain_json(client, add, predictions, expected):
    add(predictions)
    assert ask(client, "odd", ROWS) == {"predictions": expected}


def test_texts_are_binary_where_the_outputs_name_says_so(client, add):
    add(np.array(["Bäcker", None], object), target=Target(name="job_bytes"))
    assert ask(client, "odd", ROWS) == {"predictions": [{"b64": "QsOkY2tlcg=="}, None]}
    add(np.array([1.5, 2.5]), target=Target(name="job_bytes"))
    assert ask(client, "odd", ROWS) == {"predictions": [1.5, 2.5]}


def test_instances_are_an_object_per_picture(client, finder):
    pictures = [{"b64": encode_picture()}] * 2
    first, second = ask(client, "odd", {"instances": pictures})["predictions"]
    assert first["boxes"] == [[0, 0, 6, 1], [0, 1, 6, 2]]
    assert (first["class_names"], first["scores"], first["mask_shape"]) == (["one", "one"], [50.0, 50.0], [4, 6, 2])
    assert second["boxes"] == second["masks"] == []
    outputs = ask(client, "odd", {"inputs": {"image": pictures}})["outputs"]
    assert outputs == {name: [first[name], second[name]] for name in first}
    assert ask(client, "odd", {"instances": []}) == {"predictions": []}
    assert ask(client, "odd", {"inputs": []}) == {"outputs": {name: [] for name in first}}


def encode_picture():
    return base64.b64encode(encode(np.zeros((4, 6, 3), np.uint8))).decode()


# Tokens


@pytest.mark.parametrize("dtype", [np.float64, np.float32, object])
def test_numbers_that_json_does_not_have_are_tokens(client, add, dtype):
    add(np.array([np.nan, np.inf, -np.inf, 1.5], dtype))
    body = {"instances": [[1, 2]] * 4}
    reply = client.post("/v1/models/odd:predict", json=body)
    assert reply.data == b'{"predictions": [NaN, Infinity, -Infinity, 1.5]}'
    assert reply.content_type == "application/json"


@pytest.mark.parametrize("body", [ROWS, COLUMNS])
def test_so_are_those_of_several_outputs(client, add, body):
    add(np.array([[np.nan, 2], [3, np.inf]], np.float32), target=TWO)
    (answer,) = ask(client, "odd", body).values()
    expected = [{"x": np.nan, "y": 2.0}, {"x": 3.0, "y": np.inf}]
    np.testing.assert_equal(answer, expected if body is ROWS else {"x": [np.nan, 3.0], "y": [2.0, np.inf]})


def test_so_are_scores_and_values(client, add):
    add(np.array(["positive"] * 2, object), np.array([[np.nan, 1], [0, 1]]), task="classification", target=SIGN)
    results = ask(client, "odd", EXAMPLES, "classify")["results"]
    np.testing.assert_equal(results[0], [["negative", np.nan], ["positive", 1.0]])
    add(np.array([np.nan, 1]))
    np.testing.assert_equal(ask(client, "odd", EXAMPLES, "regress")["results"], [np.nan, 1.0])


# Metadata


def signatures(client, model):
    reply = client.get(f"/v1/models/{model}/metadata").json
    assert reply["model_spec"] == {"name": model, "signature_name": "", "version": "1"}
    return reply["metadata"]["signature_def"]["signature_def"]


def shapes(tensors):
    """Type and sizes of each tensor."""
    return {
        name: (tensor["dtype"], [dimension["size"] for dimension in tensor["tensor_shape"]["dim"]])
        for name, tensor in tensors.items()
    }


def test_metadata_tells_what_goes_in_and_what_comes_out(client):
    served = signatures(client, "sum")["serving_default"]
    number = {
        "dtype": "DT_DOUBLE",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
    }
    assert served["inputs"] == {name: {**number, "name": f"{name}:0"} for name in "ab"}
    assert served["outputs"] == {"sum": {**number, "name": "sum:0"}}
    assert served["method_name"] == "tensorflow/serving/predict"


def test_metadata_names_each_verbs_signature(client):
    assert list(signatures(client, "sum")) == ["tensorflow/serving/regress", "serving_default"]
    assert list(signatures(client, "sign")) == ["tensorflow/serving/classify", "serving_default"]
    classify = signatures(client, "sign")["tensorflow/serving/classify"]
    assert shapes(classify["outputs"]) == {"classes": ("DT_STRING", ["-1", "-1"]), "scores": ("DT_FLOAT", ["-1", "-1"])}


@pytest.mark.parametrize(
    ("answer", "options", "outputs"),
    [
        (np.zeros(1, np.float32), {}, {"sum": ("DT_FLOAT", ["-1"])}),
        (np.zeros(1, np.int64), {"task": "clustering"}, {"sum": ("DT_INT64", ["-1"])}),
        (np.array(["a"], object), {}, {"sum": ("DT_STRING", ["-1"])}),
        (np.array(["a"]), {}, {"sum": ("DT_STRING", ["-1"])}),
        (np.array([7], object), {}, {"sum": ("DT_INT64", ["-1"])}),
        (np.array([True]), {}, {"sum": ("DT_BOOL", ["-1"])}),
        (np.zeros((1, 2)), {"target": TWO}, {"x": ("DT_DOUBLE", ["-1"]), "y": ("DT_DOUBLE", ["-1"])}),
    ],
)
def test_metadata_has_the_types_that_a_model_answers_in(client, add, answer, options, outputs):
    add(answer, **options)
    assert shapes(signatures(client, "odd")["serving_default"]["outputs"]) == outputs


def test_metadata_has_the_classes_of_probabilities(client):
    assert shapes(signatures(client, "sign")["serving_default"]["outputs"]) == {
        "probabilities": ("DT_DOUBLE", ["-1", "2"])
    }


def test_metadata_has_every_kind_of_input(client, registry, finder):
    dtypes = ("float64", "float32", "int64", "bool", "string")
    mixed = TableSignature(columns=tuple(Column(name=dtype, dtype=dtype) for dtype in dtypes))
    values = {"float64": 1.0, "float32": 1.0, "int64": 1, "bool": True, "string": "1"}
    registry.add(make_model(name="mixed", signature=mixed, examples=(values,)))
    kinds = ("DT_DOUBLE", "DT_FLOAT", "DT_INT64", "DT_BOOL", "DT_STRING")
    assert shapes(signatures(client, "mixed")["serving_default"]["inputs"]) == {
        dtype: (kind, ["-1"]) for dtype, kind in zip(dtypes, kinds, strict=True)
    }
    assert shapes(signatures(client, "tensor")["serving_default"]["inputs"]) == {"x": ("DT_FLOAT", ["-1", "2", "3"])}
    found = signatures(client, "odd")["serving_default"]
    assert shapes(found["inputs"]) == {"image": ("DT_STRING", ["-1"])}
    assert shapes(found["outputs"])["boxes"] == ("DT_INT64", ["-1", "-1", "4"])
    assert found["outputs"]["masks"]["tensor_shape"] == {"dim": [], "unknown_rank": True}


# What the documentation says


@pytest.fixture(scope="module")
def served(models):
    """A service with the example models."""
    settings = Settings()
    loading = Loading(settings.max_pixels)
    registry = Registry("digits", loading)
    for path in models.glob("*/*"):
        registry.add(load_model(read_bundle(path), loading))
    return build_app(settings, registry).test_client(), registry.models()


def conforms(value, schema, models):
    components = {"components": {"schemas": schemas.components(list(models.values()))}}
    jsonschema.validate(value, {**schema, **components}, cls=jsonschema.Draft202012Validator)


def operation(example, models):
    item = tfserving.paths(list(models.values()))[example.path]
    return item[example.method.lower()]


@pytest.mark.parametrize("name", ["iris", "wine", "diabetes", "mnist", "digits"])
def test_each_example_is_answered_as_documented(served, name):
    client, models = served
    examples = tfserving.examples(models[name])
    assert {example.title for example in examples} >= {"rows", "columns", "state", "metadata"}
    for example in examples:
        reply = client.open(example.path, method=example.method, json=example.body)
        assert reply.status_code == 200, (example.title, reply.data)
        documented = operation(example, models)["responses"]["200"]["content"]["application/json"]["schema"]
        conforms(orjson.loads(reply.data), documented, models)


@pytest.mark.parametrize("title", ["rows", "columns", "classify"])
def test_each_request_is_as_documented(served, title):
    _, models = served
    for model in models.values():
        for example in tfserving.examples(model):
            if example.title == title:
                body = operation(example, models)["requestBody"]["content"]["application/json"]["schema"]
                conforms(example.body, body, models)


def test_each_model_has_its_paths_with_versions_and_labels(served):
    _, models = served
    paths = tfserving.paths(list(models.values()))
    assert set(paths) >= {
        f"/v1/models/iris{place}{end}"
        for place in ("", "/versions/{version}", "/labels/{label}")
        for end in ("", "/metadata", ":predict", ":classify")
    }
    assert "/v1/models/diabetes:regress" in paths
    assert "/v1/models/diabetes:classify" not in paths


def test_the_tutorials_client_reads_the_digit_it_sent(served):
    client, models = served
    pixels = np.array(models["mnist"].manifest.examples[0], "<f4")
    (raw,) = (example.body for example in tfserving.examples(models["mnist"]) if example.title == "raw float32")
    reply = client.post("/v1/models/mnist:predict", json=raw).json
    nested = client.post("/v1/models/mnist:predict", json={"instances": [pixels.tolist()]}).json
    assert reply == nested
    label = client.post("/predict/mnist", json={"instances": [pixels.tolist()]}).json["predictions"][0]
    assert np.argmax(reply["predictions"][0]) == label

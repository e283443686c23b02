"""Every way of asking Slipway's own dialect, and every way of getting it wrong."""

import base64
import io

import numpy as np
import pytest

from app.errors import MOST_PROBLEMS
from tests.bundles import state_of
from tests.fakes import IMAGE, MAX_PIXELS, TENSOR, make_model
from tests.inputs.helpers import encode, npy

JSON, PROBLEM = "application/json", "application/problem+json"
ROW = {"a": 1.5, "b": 2}


class AreaRuntime:
    """Predicts how many pixels a picture has."""

    def predict(self, arrays):
        from app.predictions import Outputs

        (pictures,) = arrays.values()
        return Outputs(np.array([picture.shape[0] * picture.shape[1] for picture in pictures]))


@pytest.fixture
def registry(registry):
    registry.add(make_model(name="area", signature=IMAGE, runtime=AreaRuntime(), examples=({"b64": ""},)))
    return registry


def post(client, body, content_type, path="/predict", **headers):
    return client.post(path, data=body, content_type=content_type, headers=headers)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, b'{"instances": [{"b": 2, "a": 1.5}, {"a": 0, "b": -1}]}'),
        (JSON, b'{"instances": [[1.5, 2], [0, -1]]}'),
        (JSON, b'{"inputs": {"b": [2, -1], "a": [1.5, 0]}}'),
        ("Application/JSON; charset=utf-8", b'{"instances": [[1.5, 2], [0, -1]]}'),
        ("text/csv", b"b,a\n2,1.5\n-1,0\n"),
        ("text/csv; charset=utf-8", b"\xef\xbb\xbfa,b\r\n1.5,2\r\n0,-1\r\n"),
        ("application/x-npy", npy(np.array([[1.5, 2], [0, -1]]))),
        ("application/x-npy", npy(np.array([(2, 1.5), (-1, 0)], [("b", "i4"), ("a", "f8")]))),
    ],
)
def test_each_content_type_says_the_same_rows(client, content_type, body):
    reply = post(client, body, content_type)
    assert reply.status_code == 200
    assert reply.content_type == JSON
    assert reply.json == {"model": "sum", "version": "1", "predictions": [3.5, -1.0]}


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_raw_picture_is_one_row(client, kind):
    reply = post(client, encode(np.zeros((4, 5, 3), np.uint8), kind), f"image/{kind}", "/predict/area")
    assert reply.json["predictions"] == [20]


def test_pictures_in_base64_are_rows(client):
    rows = [{"b64": base64.b64encode(encode(np.zeros((n, 2, 3), np.uint8))).decode()} for n in (1, 2, 3)]
    reply = client.post("/predict/area", json={"instances": rows})
    assert reply.json["predictions"] == [2, 4, 6]


@pytest.mark.parametrize("field", ["image", "file"])
@pytest.mark.parametrize(
    ("path", "content", "content_type", "expected"),
    [
        ("/predict/area", encode(np.zeros((4, 5, 3), np.uint8)), "image/png", [20]),
        ("/predict/area", encode(np.zeros((4, 5, 3), np.uint8)), "application/octet-stream", [20]),
        ("/predict", b"a,b\n1,2\n3,4\n", "text/csv", [3, 7]),
        ("/predict", npy(np.array([[1, 2], [3, 4]])), "application/x-npy", [3, 7]),
    ],
)
def test_a_file_in_a_form_is_read_by_its_own_type(client, field, path, content, content_type, expected):
    form = {field: (io.BytesIO(content), "name", content_type)}
    assert post(client, form, "multipart/form-data", path).json["predictions"] == expected


def test_the_fields_of_a_form_are_one_row(client):
    assert post(client, {"a": "1.5", "b": "2"}, "multipart/form-data").json["predictions"] == [3.5]


def test_an_empty_file_field_beside_the_fields_of_a_form_is_as_a_browser_sends_it(client):
    form = {"a": "1", "b": "2", "file": (io.BytesIO(b""), "")}
    assert post(client, form, "multipart/form-data").json["predictions"] == [3]


def picture_file():
    return (io.BytesIO(encode(np.zeros((4, 5, 3), np.uint8))), "p.png", "image/png")


@pytest.mark.parametrize(
    ("form", "found"),
    [
        (lambda: {"photo": picture_file()}, "the form has the fields 'photo'"),
        (lambda: {"image": picture_file(), "more": "x"}, "the form has the fields 'image', 'more'"),
        (lambda: {"image": picture_file(), "file": picture_file()}, "the form has the fields 'image', 'file'"),
        (lambda: {"image": [picture_file(), picture_file()]}, "the form has the fields 'image', 'image'"),
        (lambda: {"image": "text"}, "the form has no file"),
        (dict, "the form has no file"),
    ],
)
def test_a_form_that_does_not_say_one_picture_is_refused(client, form, found):
    reply = post(client, form(), "multipart/form-data; boundary=b", "/predict/area")
    assert reply.status_code == 422
    assert reply.json["errors"][0]["detail"] == found
    assert "file" in reply.json["errors"][0]["accepted"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, b'{"instances": []}'),
        (JSON, b'{"inputs": {"a": [], "b": []}}'),
        ("text/csv", b"a,b\n"),
        ("application/x-npy", npy(np.zeros((0, 2)))),
    ],
)
@pytest.mark.parametrize(("path", "more"), [("/predict", {}), ("/predict/sign", {"probabilities": []})])
def test_no_rows_have_no_predictions(client, content_type, body, path, more):
    reply = post(client, body, content_type, path)
    assert reply.status_code == 200
    assert {key: reply.json[key] for key in reply.json.keys() - {"model", "version"}} == {"predictions": [], **more}


@pytest.mark.parametrize("path", ["/predict/tensor", "/predict/area"])
def test_no_rows_of_arrays_and_pictures_have_no_predictions(client, path):
    reply = client.post(path, json={"instances": []})
    assert (reply.status_code, reply.json["predictions"]) == (200, [])


# Errors


def assert_problem(reply, status):
    assert reply.status_code == status
    assert reply.content_type == PROBLEM
    assert reply.json["status"] == status
    assert reply.json["title"]
    assert reply.json["detail"]
    return reply.json


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"[[1, 2]]",
        b"{}",
        b'{"instances": {}}',
        b'{"instances": null}',
        b'{"inputs": [[1, 2]]}',
        b'{"instances": [], "inputs": {}}',
        b'{"instances": [], "more": 1}',
        b'{"instance": []}',
        b'{"instances": [[NaN, 1]]}',
        b'{"instances": [[Infinity, 1]]}',
        b'{"instances": [[1, 2],]}',
        b'{"instances": [["\xff", 1]]}',
        b'{"instances": [{"a": 1, "b": 2, "a": 3}]}',
        b'{"instances": [], "instances": [[1, 2]]}',
        b'{"instances": ' + b"[" * 1010 + b"]" * 1010 + b"}",
        b'{"instances": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_json_that_is_not_the_envelope_is_400(client, body):
    assert_problem(post(client, body, JSON), 400)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("text/csv", b""), ("text/csv", b"a,b\n\xff,1"), ("application/x-npy", b"no array"), ("application/x-npy", b"")],
)
def test_bodies_that_are_not_what_they_claim_are_400(client, content_type, body):
    assert_problem(post(client, body, content_type), 400)


def test_a_picture_that_is_none_is_400(client):
    assert_problem(post(client, b"no picture", "image/png", "/predict/area"), 400)


@pytest.mark.parametrize(
    ("content_type", "path"),
    [
        ("text/plain", "/predict"),
        ("application/x-www-form-urlencoded", "/predict"),
        ("image/gif", "/predict/area"),
        ("application/x-pickle", "/predict"),
        (None, "/predict"),
        ("image/png", "/predict"),
        ("text/csv", "/predict/tensor"),
        ("text/csv", "/predict/area"),
    ],
)
def test_a_content_type_that_cannot_be_read_is_415(client, content_type, path):
    assert_problem(post(client, b"x", content_type, path), 415)


def test_an_unknown_content_type_says_which_are_known(client):
    detail = assert_problem(post(client, b"x", "text/plain"), 415)["detail"]
    assert "'text/plain'" in detail
    for known in (
        JSON,
        "text/csv",
        "application/x-npy",
        "image/png",
        "image/jpeg",
        "image/webp",
        "multipart/form-data",
    ):
        assert known in detail


@pytest.mark.parametrize(
    ("path", "guess"), [("/predict/sun", "sum"), ("/predict/tenser", "tensor"), ("/models/sgin", "sign")]
)
def test_an_unknown_model_is_404_with_a_guess(client, path, guess):
    reply = client.get(path) if path.startswith("/models") else client.post(path, json={"instances": []})
    assert f"did you mean '{guess}'" in assert_problem(reply, 404)["detail"]


@pytest.mark.parametrize("path", ["/predict?version=2", "/predict/sum?version=x", "/predict?version="])
def test_an_unknown_version_is_404(client, path):
    assert "loaded: 1" in assert_problem(client.post(path, json={"instances": []}), 404)["detail"]


@pytest.mark.parametrize("path", ["/nothing", "/predict/", "/predict/sum/more", "/models/", "/predictions"])
def test_an_unknown_path_is_404(client, path):
    assert path in assert_problem(client.post(path), 404)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/predict", {"POST", "OPTIONS"}),
        ("PUT", "/predict/sum", {"POST", "OPTIONS"}),
        ("POST", "/models", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/models/sum", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_405_and_says_which_are_right(client, method, path, allowed):
    reply = client.open(path, method=method)
    detail = assert_problem(reply, 405)["detail"]
    assert {name.strip() for name in reply.headers["Allow"].split(",")} == allowed
    assert all(name in detail for name in allowed)


def test_a_body_over_the_limit_is_413(registry):
    from app import build_app
    from app.settings import Settings

    client = build_app(Settings(max_body=1024), registry).test_client()
    assert_problem(post(client, b"a,b\n" + b"1,2\n" * 1000, "text/csv"), 413)
    assert_problem(post(client, {"a": "1" * 2000, "b": "2"}, "multipart/form-data"), 413)
    assert post(client, b"a,b\n1,2\n", "text/csv").status_code == 200


def test_a_picture_with_too_many_pixels_is_413(client):
    side = int(MAX_PIXELS**0.5) + 1
    body = encode(np.zeros((side, side), np.uint8))
    assert str(MAX_PIXELS) in assert_problem(post(client, body, "image/png", "/predict/area"), 413)["detail"]


def test_bad_values_are_422_and_each_is_listed(client):
    body = {"instances": [ROW, {"a": "x", "b": True}, ROW, {"a": 1, "bb": 2}]}
    problem = assert_problem(client.post("/predict", json=body), 422)
    assert problem["detail"] == "3 things are wrong with the input"
    assert problem["more_errors"] is False
    assert problem["errors"] == [
        {"row": 1, "field": "a", "detail": "'x' is not a number", "accepted": "a number in cm"},
        {"row": 1, "field": "b", "detail": "true is not a number", "accepted": "a number"},
        {
            "row": 3,
            "field": "bb",
            "detail": "the column is not known",
            "accepted": "the columns a, b",
            "did_you_mean": "b",
        },
    ]


def test_one_bad_value_is_one_thing(client):
    problem = assert_problem(client.post("/predict", json={"instances": [[None, 1]]}), 422)
    assert problem["detail"] == "1 thing is wrong with the input"


def test_the_list_of_bad_values_is_capped_and_says_that_there_are_more(client):
    rows = [["x", 1]] * (MOST_PROBLEMS + 7)
    problem = assert_problem(client.post("/predict", json={"instances": rows}), 422)
    assert len(problem["errors"]) == MOST_PROBLEMS
    assert problem["more_errors"] is True
    assert problem["detail"] == f"more than {MOST_PROBLEMS} things are wrong with the input"
    assert problem["errors"][-1]["row"] == MOST_PROBLEMS - 1


def test_an_array_out_of_its_range_is_422(client):
    body = {"instances": [[[1, 2, 3], [4, 5, 11]]]}
    problem = assert_problem(client.post("/predict/tensor", json=body), 422)
    assert problem["errors"][0]["row"] == 0
    assert str(list(TENSOR.shape)) in problem["errors"][0]["accepted"]


def test_a_model_that_raises_is_500_and_tells_no_secrets(client):
    problem = assert_problem(client.post("/predict/broken", json={"instances": [ROW]}), 500)
    assert problem["detail"] == "model 'broken' version 1 failed on this input"


def test_a_model_that_is_not_ready_is_503_with_retry_after(client, registry, tmp_path):
    (tmp_path / "late" / "1").mkdir(parents=True)
    registry.update(state_of(tmp_path))
    reply = client.post("/predict/late", json={"instances": []})
    assert "manifest.json cannot be read" in assert_problem(reply, 503)["detail"]
    assert int(reply.headers["Retry-After"]) > 0


def test_an_error_of_our_own_is_500_without_its_words(client, registry, monkeypatch):
    monkeypatch.setattr(registry, "resolve", lambda *_: 1 / 0)
    assert "division" not in assert_problem(client.post("/predict", json={}), 500)["detail"]


def test_a_problem_carries_the_request_s_id(client):
    reply = post(client, b"{", JSON, **{"X-Request-ID": "abc-123"})
    assert assert_problem(reply, 400)["request_id"] == "abc-123"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1', "multipart/form-data; boundary=b"),
        (b'{"instances": []}', "multipart/form-data"),
    ],
    ids=["no closing boundary", "no boundary named"],
)
def test_a_form_that_breaks_off_is_malformed_and_not_empty(client, body, content_type):
    assert "multipart/form-data" in assert_problem(post(client, body, content_type), 400)["detail"]


def test_an_error_is_small_however_many_names_a_request_brings(client):
    reply = client.post("/predict/tensor", json={"inputs": {f"name{index}": [] for index in range(100_000)}})
    assert "and 99990 more" in assert_problem(reply, 422)["errors"][0]["detail"]
    assert len(reply.data) < 2000

"""Command lines that bash reads as they are meant."""

import json
import shlex
import subprocess

import pytest

from app.dialects.base import Example
from app.openapi.curl import LONGEST, curl, requests_of
from tests.fakes import IMAGE, make_model

URL = "http://localhost:8080"
PICTURE = "iVBORw0KGgo="
ODD = "it's 50% of $HOME, `ls` and \\n"


@pytest.fixture
def model():
    return make_model(name="find", signature=IMAGE, examples=({"b64": PICTURE},))


def test_a_body_reaches_the_service_as_it_is(model):
    line = curl(model, Example("text", "/predict/find", ODD, content_type="text/csv"), URL)
    assert shlex.split(line) == [
        *("curl", "--data-raw", ODD, "-H", "Content-Type: text/csv"),
        "http://localhost:8080/predict/find",
    ]


def test_a_picture_in_json_is_asked_of_the_service(model):
    line = curl(model, Example("rows", "/predict/find", {"note": ODD, "instances": [{"b64": PICTURE}]}), URL)
    assert PICTURE not in line
    asked = f"$(curl -s {URL}/examples/find | base64 | tr -d '\\n')"
    assert asked in line
    printed = line.partition(" | curl --data-binary @-")[0].replace(asked, PICTURE)
    body = subprocess.run(["bash", "-c", printed], capture_output=True, check=True).stdout
    assert json.loads(body) == {"note": ODD, "instances": [{"b64": PICTURE}]}


def test_a_file_is_handed_on(model):
    picture = Example("a picture", "/predict/find", body_from="/examples/find", content_type="image/png")
    assert curl(model, picture, URL) == (
        f"curl -s {URL}/examples/find | curl --data-binary @- -H 'Content-Type: image/png' {URL}/predict/find"
    )


def test_a_form_has_its_own_content_type(model):
    form = Example("a form", "/segmentapi", body_from="/examples/find", content_type="multipart/form-data")
    assert curl(model, form, URL) == (
        f"curl -s {URL}/examples/find | curl -F 'image=@-;type=image/png' {URL}/segmentapi"
    )
    fields = Example("fields", "/predict/sum", {"a": "1"}, content_type="multipart/form-data")
    assert curl(model, fields, URL) == f"curl -F a=1 {URL}/predict/sum"


def test_a_drawn_picture_is_written_to_a_file(model):
    drawn = Example("drawn", "/predict/find", body_from="/examples/find", headers={"Accept": "image/png"})
    assert "-o find.png" in curl(model, drawn, URL)


def test_methods_that_curl_would_not_choose_are_named(model):
    assert curl(model, Example("state", "/v1/models/find", method="GET"), URL) == f"curl {URL}/v1/models/find"
    assert curl(model, Example("load", "/load", method="POST"), URL) == f"curl -X POST {URL}/load"


def test_long_lines_are_left_out_where_a_shorter_one_asks_the_model(model):
    class Wordy:
        TITLE = "Wordy"

        def __init__(self, *texts):
            self.texts = texts

        def examples(self, model):
            found = [Example(str(len(text)), "/predict/find", text) for text in self.texts]
            return [*found, Example("state", "/state", method="GET")]

    def titles(*texts):
        return [request["title"] for request in requests_of(model, [Wordy(*texts)], URL)]

    assert titles("a", "b" * LONGEST) == ["1", "state"]
    assert titles("b" * LONGEST, "b" * 2 * LONGEST) == [str(LONGEST), "state"]

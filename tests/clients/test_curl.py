"""Every curl line of /models/<name> runs as it stands, in bash."""

import json
import subprocess

import pytest

MODELS = ("digits", "mnist", "iris", "wine", "diabetes")
DIALECTS = {"Slipway", "TensorFlow Serving REST", "Open Inference Protocol v2", "MLflow, SageMaker and Vertex AI"}


@pytest.fixture(params=MODELS)
def requests(request, service):
    return service.ask("GET", f"/models/{request.param}").json()["requests"]


def run(line, folder):
    """The status that the line's last curl got; its options are curl's own environment file."""
    (folder / ".curlrc").write_text('silent\nwrite-out = "%{stderr}%{http_code} "\n')
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "CURL_HOME": str(folder)},
        capture_output=True,
        check=False,
    )
    return done.stderr.decode().split(), done


def test_each_line_is_answered(requests, tmp_path):
    for request in requests:
        statuses, done = run(request["curl"], tmp_path)
        assert done.returncode == 0, request
        assert set(statuses) == {"200"}, (request, statuses, done.stdout[:500])


def test_each_dialect_that_takes_the_model_has_a_line(requests):
    assert {request["dialect"] for request in requests} >= DIALECTS


def test_a_line_is_short_enough_to_be_read(requests):
    assert max(len(request["curl"]) for request in requests) < 2500


def test_a_picture_in_json_is_the_example_picture(service, tmp_path):
    lines = service.ask("GET", "/models/digits").json()["requests"]
    (line,) = (line["curl"] for line in lines if (line["dialect"], line["title"]) == ("Slipway", "rows"))
    _, done = run(line, tmp_path)
    (found,) = json.loads(done.stdout)["predictions"]
    assert len(found["boxes"]) > 0

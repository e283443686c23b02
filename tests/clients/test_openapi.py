"""schemathesis asks the started stack, through NGINX, what the document says can be asked."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis.strategies import sampled_from
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from app import build_app
from app.settings import Settings

CONFIG = Path(__file__).parent / "schemathesis.toml"
CONTROL = "/v2/repository/models"
NAMES = sampled_from(["sum", "bad", "absent"])


def test_no_answer_breaks_what_the_document_says(url, tmp_path):
    report = tmp_path / "report.json"
    command = Path(sys.executable).parent / "schemathesis"
    done = subprocess.run(
        [
            *(command, "--config-file", CONFIG, "run", f"{url}/openapi.json", "--url", url),
            *("--workers", "2", "--report", "json", "--report-json-path", report),
            *("--exclude-path-regex", CONTROL),  # it would take the models of all tests out of service
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert json.loads(report.read_text())


@pytest.mark.parametrize(
    ("verb", "allowed", "expected"),
    [
        ("load", True, {200, 400, 404, 503}),
        ("unload", True, {200, 400, 404}),
        ("load", False, {403}),
        ("unload", False, {403}),
    ],
)
def test_model_control_answers_as_the_document_says(registry, verb, allowed, expected):
    registry._failures["bad", "1"] = "its file is missing"
    app = build_app(Settings(model_control=allowed), registry)
    operation = schemathesis.openapi.from_wsgi("/openapi.json", app)[f"{CONTROL}/{{name}}/{verb}"]["POST"]
    seen = set()

    def ask(case, name):
        case.path_parameters["name"] = name
        reply = case.call()
        case.validate_response(reply, excluded_checks=[not_a_server_error])  # 503 is what was promised
        seen.add(reply.status_code)

    for mode in GenerationMode:
        quiet = settings(max_examples=20, derandomize=True, database=None, deadline=None)
        quiet(given(operation.as_strategy(generation_mode=mode), NAMES)(ask))()
    assert seen == expected

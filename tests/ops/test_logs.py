"""Application logs: JSON, one line each, whole."""

import io
import json
import logging
import logging.config
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from app.ops.logs import JsonFormatter, WholeLineHandler, logging_config

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stream(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


@pytest.fixture
def log(stream):
    handler = WholeLineHandler()
    handler.setFormatter(JsonFormatter())
    log = logging.Logger("app.some.room", logging.DEBUG)
    log.addHandler(handler)
    return log


def entry(stream):
    (line,) = stream.getvalue().splitlines()
    return json.loads(line)


def test_a_line_tells_when_where_how_bad_and_what(log, stream):
    log.warning("model %s is %d", "sum", 7)
    told = entry(stream)
    assert datetime.fromisoformat(told.pop("time")).utcoffset().total_seconds() == 0
    assert told == {"level": "warning", "logger": "app.some.room", "message": "model sum is 7", "pid": os.getpid()}


@pytest.mark.parametrize("text", ["two\nlines", 'quotes "and" \\', "ä € 𝄞", "\x00\x1b[31m", "\u2028", "x" * 200_000])
def test_any_text_stays_one_line_and_comes_back_whole(log, stream, text):
    log.info("%s", text)
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue())["message"] == text


def test_a_text_that_is_not_unicode_is_logged_and_not_lost(log, stream):
    log.info("%s", os.fsdecode(b"models/\xff/1"))
    assert entry(stream)["message"] == "models/\\udcff/1"


def test_an_exception_is_in_the_same_line(log, stream):
    try:
        raise ZeroDivisionError("of all things")
    except ZeroDivisionError:
        log.exception("it failed")
    told = entry(stream)
    assert (told["level"], told["message"]) == ("error", "it failed")
    assert told["exception"].startswith("Traceback")
    assert told["exception"].endswith("ZeroDivisionError: of all things")


def test_a_line_within_a_request_carries_its_id(log, stream):
    with Flask(__name__).test_request_context(headers={"X-Request-ID": "abc-123"}):
        log.info("x")
    assert entry(stream)["request_id"] == "abc-123"


def test_a_line_outside_of_a_request_has_no_id(log, stream):
    log.info("x")
    assert "request_id" not in entry(stream)


@pytest.mark.parametrize(("level", "heard"), [("info", ["info", "error"]), ("error", ["error"])])
def test_everything_goes_through_the_one_handler_from_the_level_on(level, heard):
    program = (
        "import logging, logging.config, sys; from app.ops.logs import logging_config; "
        f"logging.config.dictConfig(logging_config({level!r})); "
        "logging.getLogger('gunicorn.error').info('a'); logging.getLogger('gunicorn.error').debug('b'); "
        "logging.getLogger('foreign.library').error('c')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert [json.loads(line)["level"] for line in done.stderr.splitlines()] == heard


def test_the_configuration_silences_no_logger_that_is_there_already():
    assert logging_config("info")["disable_existing_loggers"] is False


WRITERS, LINES, LENGTH = 4, 12, 200_000
PROGRAM = f"""
import logging, logging.config, os
from app.ops.logs import logging_config
logging.config.dictConfig(logging_config("info"))
children = []
for number in range({WRITERS}):
    child = os.fork()
    if child == 0:
        for line in range({LINES}):
            logging.info("%d %d %s", number, line, "abcd"[number] * {LENGTH})
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
"""


def test_long_lines_of_several_processes_on_one_pipe_never_interleave():
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    seen = set()
    for line in done.stderr.splitlines():
        number, index, text = json.loads(line)["message"].split()
        assert text == "abcd"[int(number)] * LENGTH
        seen.add((int(number), int(index)))
    assert seen == {(number, index) for number in range(WRITERS) for index in range(LINES)}

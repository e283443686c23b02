"""The children's lines on their way out."""

import json
import logging
import os
import threading

import pytest

from app.supervision import Lines, _blocks, _log_nginx, _log_python, write


def test_lines_leave_whole() -> None:
    written: list[bytes] = []
    lines = Lines(written.append)
    for piece in (b"a", b"b\nc", b"\n", b"", b"d\ne\nf"):
        lines.feed(piece)
    assert written == [b"ab\n", b"c\n", b"d\ne\n"]
    lines.flush()
    lines.flush()
    assert written[3:] == [b"f\n"]


def test_a_line_without_an_end_is_not_kept_for_ever() -> None:
    written: list[bytes] = []
    lines = Lines(written.append)
    for _ in range(100):
        lines.feed(b"x" * 65536)
    assert written
    assert set(b"".join(written)) == set(b"x\n")


def test_neighbouring_lines_of_a_kind_stay_together() -> None:
    lines = b'{"a":1}\n{"b":2}\nTraceback:\n  line\n{"c":3}\n'
    assert _blocks(lines) == [
        (True, b'{"a":1}\n{"b":2}\n'),
        (False, b"Traceback:\n  line\n"),
        (True, b'{"c":3}\n'),
    ]


def test_a_traceback_becomes_one_entry_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gunicorn"):
        _log_python(b"Traceback (most recent call last):\n  File\nValueError: no\n")
        _log_python(b"a library's remark\n")
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert caplog.records[0].message.endswith("ValueError: no")


def test_json_lines_pass_as_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    _log_python(b'{"message": "as it is"}\n')
    assert json.loads(capfd.readouterr().err) == {"message": "as it is"}


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        (b"2026/01/02 03:04:05 [error] 12#12: *3 upstream failed\n", "ERROR", "*3 upstream failed"),
        (b"2026/01/02 03:04:05 [emerg] 12#12: bind() failed\n", "CRITICAL", "bind() failed"),
        (b"nginx: [warn] something\n", "WARNING", "something"),
        (b"what NGINX never wrote\n", "ERROR", "what NGINX never wrote"),
        (
            b"2026/01/02 03:04:05 [crit] 12#12: *1 connect() to unix:/r/gunicorn.sock failed (2: No such file or d\n",
            "DEBUG",
            "*1 connect() to unix:/r/gunicorn.sock failed (2: No such file or d",
        ),
    ],
)
def test_nginx_lines_become_entries(caplog: pytest.LogCaptureFixture, line: bytes, level: str, message: str) -> None:
    with caplog.at_level(logging.DEBUG, "nginx"):
        _log_nginx(line)
    (record,) = caplog.records
    assert (record.levelname, record.message) == (level, message)


def test_all_is_written_also_where_the_reader_is_slow() -> None:
    data = os.urandom(1_000_000)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    thread = threading.Thread(target=lambda: (write(writer, data), os.close(writer)))
    thread.start()
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == data
    thread.join()


def test_a_reader_that_has_gone_stops_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    write(writer, b"nobody reads this\n")
    os.close(writer)

"""The children's lines on their way out."""

import json
import logging

import pytest

from app.outlet import Outlet
from app.supervision import HEALTHY_SECONDS, Deaths, Lines, _blocks, _log_nginx, _log_python


@pytest.fixture
def outlet() -> Outlet:
    return Outlet(2, lambda _: None)


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


def test_a_traceback_becomes_one_entry_of_the_log(outlet: Outlet, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gunicorn"):
        _log_python(outlet, b"Traceback (most recent call last):\n  File\nValueError: no\n")
        _log_python(outlet, b"a library's remark\n")
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert caplog.records[0].message.endswith("ValueError: no")


def test_json_lines_pass_as_they_are(outlet: Outlet, capfd: pytest.CaptureFixture[str]) -> None:
    _log_python(outlet, b'{"message": "as it is"}\n')
    outlet.flush()
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


def test_only_deaths_without_a_healthy_time_in_between_are_counted() -> None:
    deaths = Deaths()
    assert [deaths.count("gunicorn", 21.0 * number) for number in range(4)] == [1, 2, 3, 4]
    assert deaths.count("nginx", 70.0) == 1
    assert deaths.count("gunicorn", 63.0 + HEALTHY_SECONDS) == 1
    assert deaths.count("gunicorn", 62.0 + 2 * HEALTHY_SECONDS) == 2

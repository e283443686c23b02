"""Application logs: one JSON object a line on stderr, with the request's id."""

import fcntl
import logging
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import orjson
from flask import has_request_context, request


class JsonFormatter(logging.Formatter):
    """One line of JSON: time, level, logger, message, and request_id and exception where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _unicode(record.getMessage()),
            "pid": record.process,
        }
        if has_request_context():
            entry["request_id"] = request.headers.get("X-Request-ID")
        if record.exc_info:
            entry["exception"] = _unicode(self.formatException(record.exc_info))
        return orjson.dumps(entry, default=str).decode()


def _unicode(text: str) -> str:
    """The text, with what has no UTF-8 escaped, such as bytes of a file's name: JSON cannot hold it."""
    return text.encode("utf-8", "backslashreplace").decode()


class WholeLineHandler(logging.StreamHandler[IO[str]]):
    """Writes each line whole. A pipe takes only 4 KiB at a time from one of several processes (pipe(7)).

    The workers share one lock on a file without a name; a record lock, for it belongs to the process and
    so survives the fork as one lock between all.
    """

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        descriptor, path = tempfile.mkstemp()
        Path(path).unlink()
        self._lock = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        fcntl.lockf(self._lock, fcntl.LOCK_EX)
        try:
            super().emit(record)
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)


def logging_config(level: str) -> dict[str, Any]:
    """For logging.config.dictConfig, and for Gunicorn's `logconfig_dict`: everything through one handler."""
    through_root: dict[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"stderr": {"()": WholeLineHandler, "formatter": "json"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": through_root,
            "gunicorn.access": through_root,
            "azure": {"level": "WARNING"},  # at info every request to a bucket, headers and all
        },
    }

"""The last disagreements of a shadow version with the version that answered, of all workers together."""

import fcntl
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

KEPT = 100


class Disagreements:
    """A file of JSON lines for each model, of which the last are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, entries: Iterable[Any]) -> None:
        """Append entries. Raises OSError."""
        lines = [orjson.dumps(entry, option=orjson.OPT_SERIALIZE_NUMPY, default=str) + b"\n" for entry in entries]
        if not lines:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._path(name).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            kept = [*file, *lines][-KEPT:]
            file.truncate(0)
            file.writelines(kept)

    def last(self, name: str) -> list[Any]:
        """The last entries, newest first."""
        try:
            with self._path(name).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                return [orjson.loads(line) for line in file][::-1]
        except FileNotFoundError:
            return []

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.jsonl"

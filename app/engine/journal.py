"""Which version was being loaded when the process ended: a version that ends it again and again is left out."""

from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from app.errors import BrokenBundleError

MOST_ENDINGS = 2
_COUNTS = TypeAdapter(dict[str, int])


class Journal:
    """Counts, in a file that outlives the process, the loads that were begun and not finished."""

    def __init__(self, path: Path | None = None) -> None:
        """Without a path it forgets with the process."""
        self._path = path
        self._begun = {} if path is None else _read(path)

    def begin(self, key: str) -> None:
        """A load begins. Raises BrokenBundleError where too many of it have ended the process."""
        if self._begun.get(key, 0) >= MOST_ENDINGS:
            raise BrokenBundleError(f"loading it has ended the service {MOST_ENDINGS} times; pack it again")
        self._begun[key] = self._begun.get(key, 0) + 1
        self._write()

    def end(self, key: str) -> None:
        """The load is over, well or not."""
        self._begun.pop(key, None)
        self._write()

    def _write(self) -> None:
        if self._path is not None:
            written = self._path.with_suffix(".new")
            written.write_bytes(orjson.dumps(self._begun))
            written.replace(self._path)


def _read(path: Path) -> dict[str, int]:
    try:
        return _COUNTS.validate_json(path.read_bytes())
    except (OSError, ValidationError):  # none yet, or damaged: what it said is not worth the service
        return {}

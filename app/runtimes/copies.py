"""Copies of artifacts, for models that want a path: nobody else reads or writes them."""

import shutil
import tempfile
import time
from pathlib import Path

from app.runtimes.file import File


class Copies:
    """The copies that this process has made. Each is removed at once when it is dropped, unless they are kept."""

    def __init__(self) -> None:
        self._root: Path | None = None
        self._dropped: list[tuple[float, Path]] = []

    def keep_in(self, root: Path) -> None:
        """From here on make copies below a directory, and keep what is dropped until `sweep`.

        For a process that forks: those that were forked before may read a copy that it itself has no use for any more.
        """
        root.mkdir(parents=True, exist_ok=True)
        self._root = root

    def add(self, artifact: File) -> Path:
        """A copy in a directory of its own."""
        copy = Path(tempfile.mkdtemp(prefix="slipway-", dir=self._root)) / artifact.path.name
        copy.write_bytes(artifact.content)
        return copy

    def drop(self, copy: Path) -> None:
        if self._root is None:
            _remove(copy)
        else:
            self._dropped.append((time.monotonic(), copy))

    def sweep(self, seconds: float) -> None:
        """Remove what was dropped at least so many seconds ago."""
        due = [each for each in self._dropped if time.monotonic() - each[0] >= seconds]
        for each in due:
            self._dropped.remove(each)
            _remove(each[1])


def _remove(copy: Path) -> None:
    shutil.rmtree(copy.parent, ignore_errors=True)


# Of this process, as its directory for temporary files is: models are loaded in too many ways to be handed another.
COPIES = Copies()

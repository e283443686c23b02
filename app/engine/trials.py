"""Trying bundles in a process of their own, so that one that crashes or hangs takes nothing down with it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from select import select
from types import TracebackType
from typing import IO, Self

from app.children import environment
from app.engine.model import Loading

PROJECT = Path(__file__).parents[2]
# For Python and its libraries to be read from a slow disk; no bundle has been touched by then.
START_SECONDS = 120


def try_bundles(paths: Sequence[Path], loading: Loading, seconds: float, scratch: Path) -> Mapping[Path, str | None]:
    """Load and check each bundle. None where it may be loaded, else the reason why not.

    Each has so many seconds. One process tries them in turn; where it ends, the bundle in hand is to blame, and
    another process goes on with the next. scratch: where their temporary files go, a directory of nobody else's.
    """
    outcomes: dict[Path, str | None] = {}
    while len(outcomes) < len(paths):
        remaining = paths[len(outcomes) :]
        with _Trial(remaining, loading, scratch) as trial:
            for path in remaining:
                outcomes[path] = trial.outcome(seconds)
                if trial.ended:
                    break
    return outcomes


class _Trial:
    """The process. It has a group of its own, so that whatever a bundle starts ends with it."""

    def __init__(self, paths: Sequence[Path], loading: Loading, scratch: Path) -> None:
        # It is killed, or ends at once, and so cannot tidy up itself; and so may be whoever starts it.
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700, parents=True)
        self._scratch = scratch
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.trial"],
            cwd=PROJECT,
            env=environment() | {"TMPDIR": str(scratch)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._buffer = b""
        self.ended = False
        self._request = {"paths": [str(path.absolute()) for path in paths], "loading": asdict(loading)}

    def __enter__(self) -> Self:
        with suppress(BrokenPipeError), _pipe(self._process.stdin) as stdin:
            stdin.write(json.dumps(self._request).encode())
        try:
            ready = self._line(START_SECONDS)
        except TimeoutError:
            ready = b""
        if not ready:
            self.__exit__(None, None, None)
            raise RuntimeError(f"the process that tries bundles does not start ({self._how_it_ended()})")
        return self

    def outcome(self, seconds: float) -> str | None:
        """The next bundle's."""
        try:
            line = self._line(seconds)
        except TimeoutError:
            self.ended = True
            return f"it did not load within {seconds:g} seconds"
        if not line:
            self.ended = True
            self._process.wait()
            return f"it ended the process that loaded it ({self._how_it_ended()})"
        return json.loads(line) or None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        _pipe(self._process.stdout).close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _line(self, seconds: float) -> bytes:
        """The next line, or nothing at the end. Raises TimeoutError."""
        stdout = _pipe(self._process.stdout)
        deadline = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            if not select([stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError
            piece = os.read(stdout.fileno(), 65536)
            if not piece:
                return b""
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _how_it_ended(self) -> str:
        status = self._process.returncode
        return f"exit status {status}" if status >= 0 else signal.Signals(-status).name


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream

"""Watches the repository for the service: `python -m app.watch`. With `--once` it looks once, as at a start.

What is new is tried in processes of its own and published; Gunicorn's master is then told to take it over.
"""

import logging.config
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from app import look
from app.ops.logs import logging_config
from app.repository.state import State, read_taken
from app.settings import Settings, load_settings

log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> int:
    settings = load_settings()
    logging.config.dictConfig(logging_config(settings.log_level))
    if "--once" in arguments:
        look(settings, first=True)
        return 0
    watcher = Watcher(settings)
    while True:
        watcher.look()
        time.sleep(settings.poll_seconds)


class Watcher:
    """Looks, and tells the master of what it has not been told of."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._run_dir = settings.run_dir.resolve()
        self._told: tuple[int, str] | None = None
        self._trouble = ""

    def look(self) -> None:
        """One look. Whatever goes wrong with it is logged, and the service goes on as it is."""
        if read_taken(self._run_dir) is None:
            return  # the master has a look of its own when it starts
        try:
            state = look(self._settings)
        except Exception as error:  # the network, a disk: what is loaded goes on answering, and we look again
            self._complain(f"the repository cannot be looked over: {type(error).__name__}: {error}")
        else:
            self._complain("")
            self._tell(state)

    def _complain(self, trouble: str) -> None:
        """Once, however often we look."""
        if trouble and trouble != self._trouble:
            log.error(trouble)
        self._trouble = trouble

    def _tell(self, state: State) -> None:
        taken = read_taken(self._run_dir)
        if taken is None or taken.digest == state.digest or self._told == (taken.pid, state.digest):
            return
        with suppress(ProcessLookupError):
            os.kill(taken.pid, signal.SIGHUP)
            self._told = (taken.pid, state.digest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

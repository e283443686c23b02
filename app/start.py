"""The command, `python app/start.py`: obeys a signal to end from its first moment on, and only then imports the rest.

As process 1 of a container it would never see a signal that it has no handler for; elsewhere it would end with the
signal instead of 0. A file that is run by itself, because importing any part of `app` imports the service first.
"""

import os
import sys
from importlib import import_module
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM, signal
from types import FrameType

ENDINGS = (SIGHUP, SIGINT, SIGQUIT, SIGTERM)


def leave_at_once(number: int, frame: FrameType | None) -> None:
    # Not by an exception: what is being imported might catch it, and nothing has begun that would have to be ended.
    os._exit(0)


def leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    for ending in ENDINGS:
        signal(ending, leave_at_once)
    here = __file__.rpartition("/")[0]
    sys.path[:] = [here.rpartition("/")[0], *(place for place in sys.path if place != here)]
    main = import_module("app.serve").main
    for ending in ENDINGS:  # until supervisord has handlers of its own
        signal(ending, leave)
    sys.exit(main())

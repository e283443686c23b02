"""A process that loads bundles so that a service does not have to find out the hard way: `python -m app.trial`.

It reads {"paths": [...], "loading": {...}} from its standard input and writes lines of JSON: null once it is ready,
then for each bundle in turn the reason why it cannot be loaded, or "". When it dies, the next bundle was to blame.
"""

import ctypes
import gc
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

import orjson

from app.engine.model import Loading, Model, load_model
from app.errors import BrokenBundleError, reason_of
from app.repository.bundle import read_bundle

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    _die_with_parent()
    logging.disable()  # whoever loads the bundle for good warns of it
    results = os.dup(1)
    os.dup2(2, 1)  # what a bundle prints is no result
    request = orjson.loads(sys.stdin.buffer.read())
    loading = Loading(**request["loading"])
    _write(results, None)
    for path in request["paths"]:
        _write(results, _try(Path(path), loading))
        gc.collect()
    os._exit(0)  # a bundle may have started threads that do not end


def _try(path: Path, loading: Loading) -> str:
    try:
        bundle = read_bundle(path)
        _answer_in_a_fork(load_model(bundle, loading), bundle.golden()["instances"])
    except Exception as error:  # a foreign artifact can raise anything
        return reason_of(error)
    return ""


def _answer_in_a_fork(model: Model, instances: list[Any]) -> None:
    """The workers are forked from the process that loads; a library may have left its threads behind there.

    Raises BrokenBundleError. One that waits for such a thread waits for ever, and runs into the time limit.
    """
    child = os.fork()
    if child == 0:
        try:
            model.runtime.predict(model.reader.rows(instances))
            os._exit(0)
        except BaseException:
            os._exit(1)
    if os.waitpid(child, 0)[1]:
        raise BrokenBundleError("it answers in the process that loaded it, but not in one that is forked from there")


def _write(results: int, result: Any) -> None:
    os.write(results, orjson.dumps(result) + b"\n")


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()

"""Asking a foreign model: whatever it raises becomes a sentence."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import PackError, SlipwayError


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Within this a foreign exception becomes a PackError that names its kind and its line."""
    try:
        yield
    except SlipwayError:
        raise
    except Exception as error:  # a foreign model can raise anything
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        raise PackError(f"{what} fails on the sample: {type(error).__name__}: {error} ({where})") from error

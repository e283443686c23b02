"""What a text may cost to parse: its values are counted before, and none of them looked at for garbage meanwhile."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import TooLargeError


def check_values(count: int, most: int) -> None:
    """Raises TooLargeError for a body with more values than a request may have."""
    if count > most:
        raise TooLargeError(f"the body has about {count} values; at most {most} are accepted")


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the cyclic collector, which would go through all that is parsed again and again and find nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

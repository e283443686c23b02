"""Which version answers a request: the newest that is ready, unless the model's traffic says otherwise."""

import hashlib
import uuid
from collections.abc import Callable, Collection

from app.repository.traffic import Traffic

# What a request says under a header's name, or None.
Ask = Callable[[str], str | None]
REQUEST_ID = "X-Request-ID"


def share(traffic: Traffic | None, ready: Collection[int]) -> dict[int, float]:
    """Percent of the requests by version, of those that get any, oldest first. At least one version is ready.

    The share of a version that is not ready goes to the others in proportion; where none of those named is ready,
    the newest version answers.
    """
    percents = {version: traffic.percent(version) for version in sorted(ready)} if traffic else {}
    total = sum(percents.values())
    if not total:
        return {max(ready): 100.0}
    return {version: 100 * percent / total for version, percent in percents.items() if percent}


def choose(name: str, traffic: Traffic | None, ready: Collection[int], ask: Ask) -> int:
    """The version that answers a request. The same key always meets the same version while the shares are the same.

    Of a model with two versions, a share that grows takes from the other and gives nothing back.
    """
    shares = share(traffic, ready)
    if len(shares) == 1:
        return next(iter(shares))
    position = 100 * _fraction(f"{name}\0{_key(traffic, ask)}")
    for version, percent in shares.items():
        position -= percent
        if position < 0:
            return version
    return max(shares)  # rounding left a sliver


def _key(traffic: Traffic | None, ask: Ask) -> str:
    own = ask(traffic.sticky) if traffic and traffic.sticky else None
    return own or ask(REQUEST_ID) or uuid.uuid4().hex


def _fraction(key: str) -> float:
    """A number from 0 to 1 that every process makes of the key. With the name in it nobody is the canary of all."""
    digest = hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48

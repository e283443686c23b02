"""What can go wrong, in serving words. Knows no HTTP numbers: each dialect gives them its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

# A file of 100,000 bad rows is answered with the first of its misfits, not with a larger file.
MOST_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request's input: where it stands, what is wrong and what is accepted.

    `row` counts from 0 over the rows of the request; None means the request as a whole.
    """

    detail: str
    row: int | None = None
    field: str | None = None
    accepted: str | None = None
    did_you_mean: str | None = None


class SlipwayError(Exception):
    """The base of everything that a dialect has to shape into a reply."""


class MalformedBodyError(SlipwayError):
    """The body cannot be read as the content type that it claims to be."""


class InvalidInputError(SlipwayError):
    """The body was read, but does not honour the model's signature.

    Of the problems only the first MOST_PROBLEMS are looked for, and one more to know whether there are others.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.found = tuple(islice(problems, MOST_PROBLEMS + 1))
        super().__init__(_how_many(len(self.found)))

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.found[:MOST_PROBLEMS]

    @property
    def more(self) -> bool:
        """Whether there are problems beyond those that are listed."""
        return len(self.found) > MOST_PROBLEMS


def _how_many(count: int) -> str:
    if count > MOST_PROBLEMS:
        return f"more than {MOST_PROBLEMS} things are wrong"
    return "1 thing is wrong" if count == 1 else f"{count} things are wrong"


class UnsupportedMediaError(SlipwayError):
    """The model cannot be asked with this content type."""


class NotAcceptableError(SlipwayError):
    """The model cannot answer in any of the types that the client accepts."""


class TooLargeError(SlipwayError):
    """The input is larger than this service is configured to take."""


class UnknownModelError(SlipwayError):
    """No model has this name."""


class UnknownVersionError(SlipwayError):
    """The model exists, but not in this version."""


class NotReadyError(SlipwayError):
    """The model exists, but is not loaded, or failed its check at load."""


class BrokenBundleError(SlipwayError):
    """A bundle on disk is incomplete, changed after packing, or does not reproduce its golden rows."""


class PredictionFailedError(SlipwayError):
    """The model itself raised an exception on input that honours its signature."""


class PackError(SlipwayError):
    """A model, its sample or its notes cannot be packed as they are; the message says what to change."""


def reason_of(error: Exception) -> str:
    """A sentence on any exception: our own say everything themselves, a foreign one needs its kind named."""
    return str(error) if isinstance(error, SlipwayError) else f"{type(error).__name__}: {error}"

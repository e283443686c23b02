"""make's variables, which come as environment variables, checked."""

import sys
from typing import TypeVar

from pydantic import Field, HttpUrl, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

Options = TypeVar("Options", bound=BaseSettings)


def address(url: HttpUrl) -> str:
    """Without the slash that the type puts at the end: paths begin with one."""
    return str(url).rstrip("/")


class LoadOptions(BaseSettings):
    """What `make load-test` takes."""

    # An empty variable counts as not set, as everywhere in make.
    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True)

    url: HttpUrl
    # Users that wait `think` seconds on average between an answer and their next request; 0 is as fast as answers come.
    users: int = Field(10, ge=1, le=100_000)
    think: float = Field(1.0, ge=0)
    # As locust reads it: 90, 90s, 5m, 1h30m.
    time: str = Field("30s", min_length=1, pattern=r"^(\d+|(\d+h)?(\d+m)?(\d+s)?)$")
    # Names of models, and hello, separated by spaces; all where it is not set.
    models: str = ""
    # The bounds: errors as a share of all requests, the 95th percentile in milliseconds.
    max_errors: float = Field(0.01, ge=0, le=1)
    max_p95: float = Field(1000, gt=0)
    # The web UI instead of a run that begins and ends by itself.
    web: bool = False
    web_port: int = Field(8089, ge=1, le=65535)
    report: str = "run/load/report.html"


def read_options(kind: type[Options]) -> Options:
    """From the environment. Ends the process with status 2 and a sentence per variable that is not accepted."""
    try:
        return kind()
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            print(f"Slipway: {_sentence(wrong)}.", file=sys.stderr)
        sys.exit(2)


def _sentence(wrong: ErrorDetails) -> str:
    reason = wrong["msg"].removeprefix("Value error, ")
    if not wrong["loc"]:
        return reason
    name = str(wrong["loc"][0]).upper()
    return f"{name} is missing" if wrong["type"] == "missing" else f"{name}={wrong['input']} is not accepted: {reason}"

"""A model's traffic.json: its labels, which share of the requests each version gets, and which one shadows."""

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from app.errors import SlipwayError
from app.signature import Frozen

TRAFFIC = "traffic.json"
# Not only digits, for then it would be a version.
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
Version = Annotated[int, Field(ge=1)]


class Traffic(Frozen):
    """Who answers, where it is not simply the newest version that is ready.

    labels: names for versions, for `?version=`. traffic: percent of the requests by version, 100 in all. shadow: the
    version that sees a copy and never answers. sticky: the header whose value always meets the same version.
    """

    labels: dict[Label, Version] = Field(default_factory=dict)
    traffic: dict[Version, Annotated[float, Field(ge=0, le=100)]] = Field(default_factory=dict)
    shadow: Version | None = None
    sticky: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum(self.traffic.values())
        if self.traffic and abs(total - 100) > 1e-6:
            raise ValueError(f"the percentages sum to {total:g}, not to 100")
        return self

    def percent(self, version: int) -> float:
        return self.traffic.get(version, 0)

    def text(self) -> str:
        """As the file has it."""
        return self.model_dump_json(indent=2, exclude_defaults=True) + "\n"


def read_traffic(root: Path, name: str) -> Traffic | None:
    """What a model's traffic.json says, or None where there is none. Raises SlipwayError with what is wrong in it."""
    path = root / name / TRAFFIC
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SlipwayError(f"{path} cannot be read: {error.strerror}") from None
    return parse_traffic(content, str(path))


def parse_traffic(content: bytes, where: str) -> Traffic:
    """What a traffic file says. Raises SlipwayError with what is wrong in it; `where` is what it is called."""
    try:
        return Traffic.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"{part}: " for part in first["loc"])
        raise SlipwayError(f"{where} is not accepted: {place}{first['msg']}") from None


def write_traffic(path: Path, content: bytes) -> None:
    """Whoever reads the file sees the old or the new, whole."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_bytes(content)
    scratch.replace(path)

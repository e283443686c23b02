"""What the user chose: make's variables, which come as environment variables."""

import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

# Values become words of commands, parts of filters and of YAML: nothing in them may mean anything there.
PLAIN = re.compile(r"[A-Za-z0-9._:/@+-]*")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class RefusedError(Exception):
    """A variable is missing or not accepted; says which, and what would be."""


@dataclass(frozen=True)
class Options:
    """The variables; an empty one counts as not set."""

    environment: Mapping[str, str]
    target: str = "deploy-gke"

    def text(self, name: str, default: str = "") -> str:
        value = self.environment.get(name, "").strip() or default
        if not PLAIN.fullmatch(value):
            raise RefusedError(f"{name}={value!r} is not accepted: letters, digits and . _ : / @ + - are.")
        return value

    def several(self, name: str) -> list[str]:
        """Words between spaces."""
        return [Options({name: word}).text(name) for word in self.environment.get(name, "").split()]

    def required(self, name: str, example: str, why: str = "") -> str:
        value = self.text(name)
        if not value:
            raise RefusedError(f"{name} is missing: {self.make(**{name: example})}{why and ' (' + why + ')'}.")
        return value

    def make(self, verb: str = "", **more: str) -> str:
        """What to type for this verb or another one, with the variables that make was given."""
        _, _, typed = self.environment.get("MAKEFLAGS", "").partition("-- ")
        variables = dict(word.partition("=")[::2] for word in shlex.split(typed)) | more
        target = f"{verb}-{self.target.partition('-')[2]}" if verb else self.target
        return " ".join(["make", target, *(f"{name}={shlex.quote(value)}" for name, value in variables.items())])

    def image(self) -> str:
        """The image's name, without registry and tag."""
        value = self.text("IMAGE", "slipway")
        if not re.fullmatch(r"[a-z0-9]+([._/-][a-z0-9]+)*", value):
            raise RefusedError(
                f"IMAGE={value!r} is not accepted: small letters, digits and single . _ / - are, no tag."
            )
        return value

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not re.fullmatch(r"[1-9][0-9]{0,3}", value):
            raise RefusedError(f"{name}={value!r} is not accepted: a whole number from 1 to 9999 is.")
        return int(value)

    def flag(self, name: str) -> bool:
        value = self.text(name, "0")
        if value not in ("0", "1"):
            raise RefusedError(f"{name}={value!r} is not accepted: 1 and 0 are.")
        return value == "1"

    def tag(self, name: str) -> str:
        """A version's name, as registries take it; empty where it is not set."""
        value = self.text(name)
        if value and not TAG.fullmatch(value):
            raise RefusedError(
                f"{name}={value!r} is not accepted: at most 128 letters, digits and . _ - are, the first no . or -."
            )
        return value


def revision(now: datetime | None = None) -> str:
    """The version where none is named: the commit's short name, and a time (UTC), for files that git ignores count."""
    try:
        asked = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        commit = "local"
    else:
        commit = asked.stdout.strip()
    return f"{commit}-{now or datetime.now(UTC):%Y%m%d-%H%M%S}"

"""Rolls a model back and forth: `python -m app.roll churn`, or `make rollback MODEL=churn`.

It writes the model's traffic.json in the repository; the services that watch the repository follow it.
"""

import argparse
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app import repository_of
from app.engine.routing import share
from app.errors import SlipwayError
from app.repository.opening import Repository
from app.repository.state import read_state
from app.repository.traffic import Traffic
from app.settings import BadSettingError, Settings, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with a sentence where it cannot be done."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        repository = repository_of(settings)
        found = _find(repository, settings, options.model)
        traffic = change(found, options)
        repository.write_traffic(options.model, traffic)
    except (SlipwayError, BadSettingError, OSError) as error:
        print(f"cannot roll {options.model}: {error}", file=sys.stderr)
        return 2
    print(f"{options.model}: {describe(traffic, found.ready)}; before: {describe(found.traffic, found.ready)}.")
    if settings.poll_seconds:
        print(f"Services follow at their next look, within {settings.poll_seconds:g} seconds by SLIPWAY_POLL_SECONDS.")
    else:
        print("SLIPWAY_POLL_SECONDS is 0: services follow when they are started again.")
    return 0


@dataclass(frozen=True)
class Found:
    """A model as it is: the versions that can answer, oldest first, and its traffic."""

    name: str
    ready: tuple[int, ...]
    traffic: Traffic

    @property
    def answering(self) -> int:
        """The version with the largest share."""
        shares = share(self.traffic, self.ready)
        return max(shares, key=lambda version: (shares[version], version))


def change(found: Found, options: argparse.Namespace) -> Traffic | None:
    """The traffic that is asked for; None where all of it is as it would be without a file. Raises SlipwayError."""
    changes: dict[str, object] = {}
    if options.shadow is not None:
        changes["shadow"] = None if options.shadow == "off" else _version(found, options.shadow)
    if options.release:
        changes["traffic"] = {}
    elif options.canary:
        changes["traffic"] = _canary(found, options.canary)
    elif options.to:
        changes["traffic"] = {_version(found, options.to): 100.0}
    elif options.shadow is None:
        changes["traffic"] = {_previous(found): 100.0}
    traffic = Traffic.model_validate(found.traffic.model_dump() | changes)
    return None if traffic == Traffic() else traffic


def describe(traffic: Traffic | None, ready: Collection[int]) -> str:
    """Who answers, in words."""
    shares = share(traffic, ready)
    pinned = traffic is not None and bool(traffic.traffic)
    answers = " and ".join(
        f"version {version} answers {percent:g} %" for version, percent in shares.items() if percent < 100
    )
    if not answers:
        (version,) = shares
        answers = f"version {version} answers" + ("" if pinned else ", the newest")
    shadow = traffic.shadow if traffic else None
    return f"{answers}, version {shadow} shadows" if shadow else answers


def _find(repository: Repository, settings: Settings, name: str) -> Found:
    listed = repository.versions(name)
    if not listed:
        raise SlipwayError(f"there is no version of it in {settings.models}")
    # What the service of this run directory, if there is one, could not load.
    state = read_state(settings.run_dir.resolve())
    tried = state.versions.get(name, {}) if state else {}
    failed = {int(version) for version, each in tried.items() if each.reason}
    ready = tuple(version for version in listed if version not in failed)
    if not ready:
        raise SlipwayError("none of its versions can be loaded")
    return Found(name, ready, repository.traffic(name) or Traffic())


def _previous(found: Found) -> int:
    """Of versions that share the requests the one before the newest, so that a canary is taken back; else any older."""
    sharing = share(found.traffic, found.ready)
    newest = max(sharing)
    older = [version for version in sharing if version < newest] or [v for v in found.ready if v < newest]
    if not older:
        raise SlipwayError(f"version {newest} answers, and there is no older one that is ready")
    return max(older)


def _canary(found: Found, text: str) -> dict[int, float]:
    version, _, percent = text.partition("=")
    canary = _version(found, version)
    try:
        part = float(percent)
    except ValueError:
        part = -1
    if not 0 <= part <= 100:
        raise SlipwayError(f"--canary {text!r} is not accepted: VERSION=PERCENT, such as 2=10")
    rest = found.answering
    if rest == canary:
        others = [version for version in found.ready if version != canary]
        if not others:
            raise SlipwayError(f"version {canary} is the only one that is ready")
        rest = max(others)
    return {rest: 100 - part, canary: part}


def _version(found: Found, text: str) -> int:
    if text.isdecimal() and int(text) in found.ready:
        return int(text)
    raise SlipwayError(f"version {text!r} is not ready; ready: {', '.join(map(str, found.ready))}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.roll", description="Without an option: the version before the one that answers, answers."
    )
    parser.add_argument("model", help="the model's name")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--to", metavar="VERSION", help="this version answers")
    who.add_argument("--canary", metavar="VERSION=PERCENT", help="this version gets so many percent of the requests")
    who.add_argument("--release", action="store_true", help="the newest version that is ready answers again")
    parser.add_argument("--shadow", metavar="VERSION", help="this version sees a copy and never answers; off ends it")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""What is loaded and ready, and which version answers."""

import logging
import re
from collections.abc import Mapping, MutableSet
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from app.engine.journal import Journal
from app.engine.model import Loading, Model, load_model
from app.engine.routing import Ask, choose, share
from app.errors import BrokenBundleError, NotReadyError, SlipwayError, UnknownModelError, UnknownVersionError, reason_of
from app.repository.bundle import read_bundle
from app.repository.local import fingerprint
from app.repository.state import State, Tried
from app.repository.traffic import Traffic

UNLOADED = "unloaded, and answers when it is loaded again"
VERSION = re.compile(r"[1-9][0-9]{0,17}")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A version in service, and the bundle's fingerprint when it was loaded."""

    model: Model
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class VersionState:
    """What a client is told of a version. percent: its share of the requests that name no version."""

    version: str
    state: str
    percent: float = 0
    labels: tuple[str, ...] = ()
    shadow: bool = False
    reason: str | None = None


class Registry:
    """Every model of a repository: loaded, or failed with the reason."""

    def __init__(
        self,
        default: str,
        loading: Loading,
        *,
        default_required: bool = False,
        journal: Journal | None = None,
        withheld: MutableSet[str] | None = None,
    ) -> None:
        """default_required: whether the service is unready without it; else the first model stands in.

        withheld: the names of models that were unloaded, which all processes of a service share.
        """
        self._withheld = set() if withheld is None else withheld
        self._journal = journal or Journal()
        self._default = default
        self._default_required = default_required
        self._loading = loading
        self._models: dict[str, dict[int, Loaded]] = {}
        self._failures: dict[tuple[str, str], str] = {}
        self._traffic: Mapping[str, Traffic] = {}
        self._problems: Mapping[str, str] = {}
        self._demanded: frozenset[str] | None = None
        self.digest = ""

    def update(self, state: State) -> None:
        """Hold what is loaded against a repository's state: load what is new, drop what is gone, follow its traffic.

        A version whose bundle was replaced by one that cannot be loaded goes on answering as it was loaded.
        """
        self._failures = {}
        # What comes back under the name one day is another model; but all are gone at once with a lost volume.
        for name in [name for name in self._withheld if state.versions and name not in state.versions]:
            self._withheld.discard(name)
        for name, loaded in list(self._models.items()):
            for number in list(loaded):
                if state.find(name, str(number)) is None:
                    self._drop(name, number)
        for name, versions in state.versions.items():
            for version, tried in versions.items():
                self._take(state.root / name / version, tried)
        self._traffic, self._problems = state.traffic, state.problems
        self._demanded = None if state.demanded is None else frozenset(state.demanded)
        self.digest = state.digest

    def add(self, model: Model, found: str = "") -> None:
        """Take a loaded version into service."""
        self._models.setdefault(model.name, {})[int(model.version)] = Loaded(model, found)
        log.info("model %s/%s@%s is ready", model.name, model.version, model.short_hash)

    def resolve(self, name: str | None = None, version: str | None = None, ask: Ask | None = None) -> Model:
        """The version that answers: the one asked for by number or label, else one that the model's traffic chooses.

        Where no model is named it is the default. `ask` gives what a request says under a header's name; who asks
        nothing gets the version with the largest share.
        Raises UnknownModelError, also for a model that was unloaded, UnknownVersionError, NotReadyError.
        """
        name = self.default if name is None else name
        ready = self._models.get(name)
        if ready and name in self._withheld:
            raise UnknownModelError(f"model {name!r} is {UNLOADED}")
        if ready and version is None:
            number = choose(name, self._traffic.get(name), ready, ask) if ask else self._foremost(name)
            return ready[number].model
        if ready and version is not None:
            found = self._number(name, version)
            if found is not None and found in ready:
                return ready[found].model
        raise self._absence(name, version)

    def unload(self, name: str) -> None:
        """Let a model answer no more, in every process of the service. Raises UnknownModelError."""
        self._check_known(name)
        self._withheld.add(name)

    def load(self, name: str) -> None:
        """Let a model that was unloaded answer again.

        Raises UnknownModelError, and NotReadyError where no version of it can be loaded.
        """
        self._check_known(name)
        self._withheld.discard(name)
        if name not in self._models:
            raise self._absence(name, None)

    def names(self) -> list[str]:
        """Every model, whether it answers or not."""
        return sorted(self._models.keys() | {name for name, _ in self._failures})

    def models(self) -> Mapping[str, Model]:
        """The answering version of every model that has one, by name; of several the one with the largest share."""
        answering = sorted(name for name in self._models if name not in self._withheld)
        return {name: self._models[name][self._foremost(name)].model for name in answering}

    def versions(self, name: str) -> list[str]:
        """The loaded versions of a model, oldest first."""
        return [str(version) for version in sorted(self._models.get(name, {}))]

    def states(self, name: str) -> list[VersionState]:
        """Every version of a model, loaded or not, oldest first."""
        numbers = self._models.get(name, {}).keys() | {int(v) for failed, v in self._failures if failed == name}
        return [self._state(name, number) for number in sorted(numbers)]

    def shadow(self, name: str) -> Model | None:
        """The version that sees a copy of a model's traffic, where there is one and it is ready."""
        traffic = self._traffic.get(name)
        found = self._models.get(name, {}).get(traffic.shadow) if traffic and traffic.shadow else None
        return found.model if found else None

    @property
    def default(self) -> str:
        """The model that a request asks which names none."""
        if self._default in self._models or self._default_required:
            return self._default
        return min(self._models, default=self._default)

    @property
    def failures(self) -> Mapping[tuple[str, str], str]:
        """Why each version that cannot be loaded cannot, by name and version."""
        return self._failures

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong with a model's traffic.json, by the model's name; the last good one is followed."""
        return self._problems

    @property
    def ready(self) -> bool:
        """Whether there is something to serve, the default with it, and each model that is demanded answers.

        A model that came after the start and of which no version was ever good is not: one bad upload, seen by every
        copy of the service, would make them all unready.
        """
        silent = {name for name, _ in self._failures} - self._models.keys()
        return self.default in self._models and not (silent if self._demanded is None else silent & self._demanded)

    def _take(self, path: Path, tried: Tried) -> None:
        name, version = path.parent.name, path.name
        loaded = self._models.get(name, {}).get(int(version))
        reason = tried.reason
        if reason is None and (loaded is None or loaded.fingerprint != tried.fingerprint):
            reason = self._load(path, tried.fingerprint)
        if reason is not None:
            self._failures[name, version] = reason

    def _load(self, path: Path, found: str) -> str | None:
        """Load a bundle; the reason where that fails."""
        load = f"{path}@{found}"
        try:
            if fingerprint(path) != found:
                raise BrokenBundleError(f"{path} has changed since it was tried; it will be tried again")
            self._journal.begin(load)
            try:
                self.add(load_model(read_bundle(path), self._loading), found)
            finally:
                self._journal.end(load)
        except Exception as error:  # a foreign artifact can raise anything; the service has to outlive it
            reason = reason_of(error)
            log.error("model %s/%s failed to load: %s", path.parent.name, path.name, reason)
            return reason
        return None

    def _drop(self, name: str, version: int) -> None:
        del self._models[name][version]
        if not self._models[name]:
            del self._models[name]
        log.info("model %s/%d is gone", name, version)

    def _check_known(self, name: str) -> None:
        if name not in self.names():
            raise self._absence(name, None)

    def _foremost(self, name: str) -> int:
        shares = share(self._traffic.get(name), self._models[name])
        return max(shares, key=lambda version: (shares[version], version))

    def _number(self, name: str, version: str) -> int | None:
        """The number of a version that is named as such or by a label."""
        traffic = self._traffic.get(name)
        if traffic and version in traffic.labels:
            return traffic.labels[version]
        is_number = VERSION.fullmatch(version)
        return int(version) if is_number else None

    def _state(self, name: str, number: int) -> VersionState:
        traffic = self._traffic.get(name) or Traffic()
        ready = self._models.get(name, {})
        unloaded = number in ready and name in self._withheld
        return VersionState(
            version=str(number),
            state="unloaded" if unloaded else "ready" if number in ready else "failed",
            percent=share(traffic, ready).get(number, 0) if ready else 0,
            labels=tuple(label for label, labelled in traffic.labels.items() if labelled == number),
            shadow=traffic.shadow == number,
            reason=self._failures.get((name, str(number)), UNLOADED if unloaded else None),
        )

    def _absence(self, name: str, version: str | None) -> SlipwayError:
        number = None if version is None else self._number(name, version)
        for (failed, failed_version), reason in self._failures.items():
            if failed == name and (version is None or failed_version == str(number)):
                return NotReadyError(f"model {name!r} version {failed_version} is not ready: {reason}")
        known = self.names()
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "."
            return UnknownModelError(f"there is no model {name!r}{hint} Models: {', '.join(known) or 'none'}")
        loaded = ", ".join(self.versions(name)) or "none"
        return UnknownVersionError(f"model {name!r} has no version {version!r}; loaded: {loaded}")

"""Looking over the repository: what is new is fetched and tried, and what came of it is published."""

import hashlib
import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from app.engine.model import Loading
from app.engine.trials import try_bundles
from app.errors import SlipwayError
from app.repository.local import fingerprint, list_bundles
from app.repository.opening import Repository
from app.repository.state import State, Tried, read_state, state_lock, write_state
from app.repository.traffic import Traffic, read_traffic

log = logging.getLogger(__name__)

Key = tuple[str, str]  # a version, by name and number
Versions = dict[str, dict[str, Tried]]


@dataclass(frozen=True)
class Terms:
    """On what terms versions are tried: as they will be loaded, with so many seconds for each.

    first: at a start those that failed before get another chance, for something else may have changed; and who fails
    then gets one more at the next look, which has more time.
    """

    loading: Loading
    seconds: float
    first: bool = False

    @property
    def digest(self) -> str:
        """Changes with all that decides, beside the bundle itself, whether it loads."""
        installed = sorted(f"{each.name}=={each.version}" for each in distributions())
        return hashlib.sha256(repr((sys.version, self.loading, installed)).encode()).hexdigest()


def review(repository: Repository, run_dir: Path, terms: Terms) -> State:
    """Look over the repository and publish what is there. Raises OSError where it cannot be read."""
    known = read_state(run_dir)
    # A master that starts while the watcher tries a version serves what was published before; it will be told.
    with state_lock(run_dir, wait=known is None or not terms.first) as ours:
        if not ours and known:
            return known
        known = read_state(run_dir)
        missing, listed = _sync(repository, terms, known)
        if known and known.versions and not (listed or missing or terms.first):
            # An unmounted volume leaves an empty directory.
            raise FileNotFoundError(f"{known.root} holds no model any more: taken for a loss, what was here goes on")
        if known is None or known.terms != terms.digest or known.root != repository.root:
            known = State(terms=terms.digest, root=repository.root)
        traffic, problems = _read_traffic(repository.root, {name for name, _ in listed}, known)
        versions = _try_new(listed, known, missing or {}, terms, run_dir / "trial")
        state = State(
            terms=known.terms,
            root=known.root,
            versions=versions,
            traffic=traffic,
            problems=problems,
            demanded=known.demanded if missing is None else _demanded(versions, known),
        )
        if state != read_state(run_dir):
            write_state(run_dir, state)
        return state


def _sync(repository: Repository, terms: Terms, known: State | None) -> tuple[Mapping[Key, str] | None, dict[Key, str]]:
    """Why versions cannot be had, None at a start that cannot reach the repository; and what is here of the others."""
    try:
        return repository.sync(), _listed(repository.root)
    except OSError as error:
        if not terms.first:
            raise
        # Rather than not to start: what was fetched before answers, and the next look may see more.
        log.error("the repository cannot be read: %s", error)
    try:
        return None, _listed(repository.root)
    except OSError:  # not all that is here can be listed; what was here before may be
        before = known.versions if known and known.root == repository.root else {}
        return None, _fingerprints(repository.root, [(name, each) for name, tried in before.items() for each in tried])


def _listed(root: Path) -> dict[Key, str]:
    """The fingerprint of every bundle."""
    return _fingerprints(root, [(name, str(version)) for name, version in list_bundles(root)])


def _fingerprints(root: Path, keys: Iterable[Key]) -> dict[Key, str]:
    return {(name, version): fingerprint(root / name / version) for name, version in keys}


def _try_new(
    listed: Mapping[Key, str], known: State, missing: Mapping[Key, str], terms: Terms, scratch: Path
) -> Versions:
    """What came of every version, of which those that are not known are tried now. scratch: nobody else's."""
    tried = {each: _known(known, each, listed[each], terms.first) for each in listed}
    new = {known.root / name / version: (name, version) for (name, version), found in tried.items() if found is None}
    outcomes = try_bundles(list(new), terms.loading, terms.seconds, scratch) if new else {}
    for path, reason in outcomes.items():
        each = new[path]
        tried[each] = Tried(fingerprint="" if reason and terms.first else listed[each], reason=reason)
        before = known.find(*each)
        if reason and (before is None or before.reason != reason):
            log.error("model %s/%s cannot be loaded: %s", *each, reason)
    versions: Versions = {}
    for name, version in sorted(listed.keys() | missing.keys(), key=lambda each: (each[0], int(each[1]))):
        found = tried.get((name, version))
        # A bundle that cannot be fetched again goes on as it was fetched before.
        versions.setdefault(name, {})[version] = found or Tried(fingerprint="", reason=missing[name, version])
    return versions


def _demanded(versions: Versions, known: State) -> tuple[str, ...]:
    """At first all models; of those that appear later the ones of which a version could be loaded, then or since."""
    if known.demanded is None:
        return tuple(versions)
    if not versions:
        return known.demanded  # a volume that is not mounted yet: they may come back
    return tuple(
        name
        for name, tried in versions.items()
        if name in known.demanded or any(each.reason is None for each in tried.values())
    )


def _known(known: State, each: Key, found: str, first: bool) -> Tried | None:
    tried = known.find(*each)
    if tried is None or tried.fingerprint != found or (first and tried.reason):
        return None
    return tried


def _read_traffic(root: Path, names: Iterable[str], known: State) -> tuple[dict[str, Traffic], dict[str, str]]:
    traffic, problems = {}, {}
    for name in sorted(names):
        try:
            found = read_traffic(root, name)
        except SlipwayError as error:
            problems[name] = str(error)
            found = known.traffic.get(name)
            if problems[name] != known.problems.get(name):
                log.error("%s; the last good one goes on", error)
        if found is not None:
            traffic[name] = found
    return traffic, problems

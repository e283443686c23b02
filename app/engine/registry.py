"""What is loaded and ready, and which version answers."""

import logging
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from app.engine.model import Loading, Model, load_model
from app.errors import NotReadyError, SlipwayError, UnknownModelError, UnknownVersionError
from app.repository.bundle import read_bundle
from app.repository.local import list_bundles

log = logging.getLogger(__name__)


class Registry:
    """Every model of a repository: loaded, or failed with the reason."""

    def __init__(self, default: str, loading: Loading) -> None:
        self._default = default
        self._loading = loading
        self._models: dict[str, dict[str, Model]] = {}
        self._failures: dict[tuple[str, str], str] = {}

    def load_all(self, root: Path) -> None:
        """Load every bundle below a directory. One that fails is recorded and does not stop the others."""
        for name, version in list_bundles(root):
            try:
                self.add(load_model(read_bundle(root / name / str(version)), self._loading))
            except Exception as error:  # a foreign artifact can raise anything; the service has to outlive it
                reason = str(error) if isinstance(error, SlipwayError) else f"{type(error).__name__}: {error}"
                self._failures[name, str(version)] = reason
                log.error("model %s/%s failed to load: %s", name, version, reason)

    def add(self, model: Model) -> None:
        """Take a loaded version into service."""
        self._models.setdefault(model.name, {})[model.version] = model
        log.info("model %s/%s@%s is ready", model.name, model.version, model.short_hash)

    def resolve(self, name: str | None = None, version: str | None = None) -> Model:
        """The version that answers: the one asked for, else the newest; the default model where none is named.

        Raises UnknownModelError, UnknownVersionError, NotReadyError.
        """
        name = self._default if name is None else name
        versions = self._models.get(name, {})
        if version is None and versions:
            return versions[max(versions, key=int)]
        if version is not None and version in versions:
            return versions[version]
        raise self._absence(name, version)

    def models(self) -> Mapping[str, Model]:
        """The answering version of every model that has one, by name."""
        return {name: self.resolve(name) for name in sorted(self._models)}

    def versions(self, name: str) -> list[str]:
        """The loaded versions of a model, oldest first."""
        return sorted(self._models.get(name, {}), key=int)

    @property
    def default(self) -> str:
        return self._default

    @property
    def failures(self) -> Mapping[tuple[str, str], str]:
        """Why each version that is not loaded is not, by name and version."""
        return self._failures

    @property
    def ready(self) -> bool:
        """Whether there is something to serve, and all of it is loaded and checked."""
        return bool(self._models) and not self._failures

    def _absence(self, name: str, version: str | None) -> SlipwayError:
        for (failed, failed_version), reason in self._failures.items():
            if failed == name and version in (None, failed_version):
                return NotReadyError(f"model {name!r} version {failed_version} is not ready: {reason}")
        existing = self._models.keys() | {failed for failed, _ in self._failures}
        if name not in existing:
            known = sorted(existing)
            close = get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "."
            return UnknownModelError(f"there is no model {name!r}{hint} Models: {', '.join(known) or 'none'}")
        loaded = ", ".join(self.versions(name)) or "none"
        return UnknownVersionError(f"model {name!r} has no version {version!r}; loaded: {loaded}")

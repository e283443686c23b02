"""The directory of one MLflow model, which is made into a bundle whenever it changes."""

import logging
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from app.children import environment
from app.repository.local import LocalRepository, fingerprint
from app.signature import NAME_PATTERN

log = logging.getLogger(__name__)

MLMODEL = "MLmodel"
SEEN = ".seen"
# By cache: what could not be packed last, and why. No longer than this process lives, for something may be installed
# before the next start; and not the repository's, which is opened anew at each look.
_FAILED: dict[Path, tuple[str, str]] = {}
PROJECT = Path(__file__).parents[2]
# Of the packer, whose libraries the service does without.
PACKER = "skl2onnx"


def is_mlflow(path: Path) -> bool:
    return (path / MLMODEL).is_file()


class MlflowRepository(LocalRepository):
    """Each time the model is written anew, its bundle is another version. A process of its own does the packing.

    seconds: how long that may take. trusted: whether a pickle may be loaded for it.
    """

    def __init__(self, source: Path, cache: Path, *, seconds: float, trusted: bool) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        super().__init__(cache)
        self._source = source.resolve()
        self._seconds = seconds
        self._trusted = trusted

    def sync(self) -> dict[tuple[str, str], str]:
        """Pack the model unless it has been. Returns why it cannot be. Raises FileNotFoundError where it is gone."""
        if not is_mlflow(self._source):
            raise FileNotFoundError(f"there is no {MLMODEL} in {self._source}")
        name = _name(self._source)
        reason = self._pack_once(name)
        return {(name, str(max(self.versions(name), default=0) + 1)): reason} if reason else {}

    def _pack_once(self, name: str) -> str:
        """Why the model cannot be packed, or nothing. It is tried again when it changes, or its bundle is gone."""
        key = f"{fingerprint(self._source)} {self._trusted}"
        if self._is_packed(name, key):
            return ""
        if not find_spec(PACKER):
            return "an MLflow model is packed first: pip install 'slipway[pack]', or pack it where that is installed"
        failed, reason = _FAILED.get(self.root, ("", ""))
        if failed == key:
            return reason
        reason = self._pack(name)
        if reason:
            _FAILED[self.root] = (key, reason)
        else:
            (self.root / SEEN).write_text(f"{key}\n{self.versions(name)[-1]}")
        return reason

    def _is_packed(self, name: str, key: str) -> bool:
        seen = self.root / SEEN
        packed, _, version = seen.read_text().partition("\n") if seen.is_file() else ("", "", "")
        return packed == key and version in map(str, self.versions(name))

    def _pack(self, name: str) -> str:
        command = [sys.executable, "-m", "app.pack.mlflow", str(self._source), "--name", name]
        try:
            done = subprocess.run(
                [*command, "--models", str(self.root), *(["--trust"] if self._trusted else [])],
                cwd=PROJECT,
                env=environment(),
                capture_output=True,
                text=True,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"it was not packed within {self._seconds:g} seconds"
        log.info("packing %s: %s", self._source, done.stdout.strip())
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return f"it cannot be packed: {last}" if done.returncode else ""


def _name(source: Path) -> str:
    """The directory's name as far as it can stand in a URL; MLflow calls most of them `model`."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", source.name).lstrip("_.-")[:64]
    return name if re.match(NAME_PATTERN, name) else "model"

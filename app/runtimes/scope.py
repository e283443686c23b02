"""A bundle's own code: importable while its version loads or answers, and at no other time."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import invalidate_caches
from pathlib import Path
from types import ModuleType


class CodeScope:
    """The packages of one bundle. Two versions may each bring a package of the same name.

    Not for threads: a worker answers one request at a time.
    """

    def __init__(self, folder: Path, packages: Sequence[str]) -> None:
        self._folder = str(folder)
        self._packages = frozenset(packages)
        self._modules: dict[str, ModuleType] = {}

    @contextmanager
    def active(self) -> Iterator[None]:
        """Within this the bundle's packages, and no others of these names, can be imported."""
        hidden = self._take_out()
        sys.modules.update(self._modules)
        sys.path.insert(0, self._folder)
        invalidate_caches()
        # Bytecode beside the code would be a file that the manifest does not name.
        written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        try:
            yield
        finally:
            sys.dont_write_bytecode = written
            sys.path.remove(self._folder)
            self._modules = self._take_out()
            sys.modules.update(hidden)

    def _take_out(self) -> dict[str, ModuleType]:
        names = [name for name in sys.modules if name.partition(".")[0] in self._packages]
        return {name: sys.modules.pop(name) for name in names}

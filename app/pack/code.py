"""The user's own code: the files that go into a bundle, importable while it is packed as they will be when served."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import PackError
from app.runtimes.base import CODE, code_of
from app.runtimes.scope import CodeScope

# A bundle's code hides what has its name, and these are what the service itself is made of.
_TAKEN = sys.stdlib_module_names | {"app"}


@dataclass(frozen=True)
class Code:
    """files: content by path within the bundle. packages: the names that import it."""

    files: Mapping[str, bytes]
    packages: tuple[str, ...]

    @contextmanager
    def importable(self) -> Iterator[None]:
        """Within this the code can be imported, from a copy that has nothing beside it, as a bundle's has not."""
        if not self.packages:
            yield
            return
        with tempfile.TemporaryDirectory() as scratch:
            for name, content in self.files.items():
                path = Path(scratch) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            with CodeScope(Path(scratch) / CODE, code_of(self.files), self.packages).active():
                yield


NO_CODE = Code({}, ())


def read_code(*paths: Path | None) -> Code:
    """The code of packages' directories and single modules. Raises PackError where one is neither."""
    files: dict[str, bytes] = {}
    packages = []
    for path in filter(None, paths):
        absolute = path.resolve()
        if absolute.is_file() and absolute.suffix == ".py":
            files[f"{CODE}/{absolute.name}"] = absolute.read_bytes()
        elif absolute.is_dir():
            files |= {
                f"{CODE}/{file.relative_to(absolute.parent).as_posix()}": file.read_bytes() for file in _of(absolute)
            }
        else:
            raise PackError(f"the code {path} is neither a package's directory nor a .py file")
        name = absolute.stem if absolute.is_file() else absolute.name
        if not name.isidentifier() or name in _TAKEN:
            raise PackError(f"the code {path} cannot be called {name!r}: that is no name of a module, or is taken")
        packages.append(name)
    return Code(files, tuple(packages))


def _of(package: Path) -> list[Path]:
    """A package's files, without what Python and others keep beside them."""
    return [
        path
        for path in sorted(package.rglob("*"))
        if path.is_file()
        and not any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(package).parts)
    ]

"""A bundle's own code: importable while its version loads or answers, and at no other time."""

import io
import os
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.resources.abc import Traversable, TraversableResources
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any


class CodeScope:
    """The packages of one bundle. Two versions may each bring a package of the same name.

    Not for threads: a worker answers one request at a time.
    """

    def __init__(self, folder: Path, files: Mapping[str, bytes], packages: Sequence[str]) -> None:
        """files: the verified content by its path below `folder`. However late an import comes, no disk is read."""
        self._finder = _Finder(folder, files, packages)
        self._packages = frozenset(packages)
        self._modules: dict[str, ModuleType] = {}

    @contextmanager
    def active(self) -> Iterator[None]:
        """Within this the bundle's packages, and no others of these names, can be imported."""
        hidden = self._take_out()
        sys.modules.update(self._modules)
        sys.meta_path.insert(0, self._finder)
        try:
            yield
        finally:
            sys.meta_path.remove(self._finder)
            self._modules = self._take_out()
            sys.modules.update(hidden)

    def _take_out(self) -> dict[str, ModuleType]:
        names = [name for name in sys.modules if name.partition(".")[0] in self._packages]
        return {name: sys.modules.pop(name) for name in names}


class _Finder(MetaPathFinder):
    def __init__(self, folder: Path, files: Mapping[str, bytes], packages: Sequence[str]) -> None:
        self._folder = folder
        self._files = {str(folder / name): content for name, content in files.items()}
        self._packages = frozenset(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in self._packages:
            return None
        place = str(self._folder.joinpath(*fullname.split(".")))
        # No str: in such a path the next finder does not look, and so never on the disk.
        inside: Any = [Path(place)]
        for file, within in ((f"{place}{os.sep}__init__.py", inside), (f"{place}.py", None)):
            if file in self._files:
                loader = _Loader(file, self._files)
                return spec_from_file_location(fullname, file, loader=loader, submodule_search_locations=within)
        if any(file.startswith(f"{place}{os.sep}") for file in self._files):
            spec = ModuleSpec(fullname, _BareLoader(Path(place), self._files), is_package=True)
            spec.submodule_search_locations = inside
            return spec
        if path is None:  # the next finder would look for it in sys.path
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


class _Loader(SourceLoader):
    """Gives no time of change, and so no bytecode is looked for or written."""

    def __init__(self, file: str, files: Mapping[str, bytes]) -> None:
        self._file = file
        self._files = files

    def get_filename(self, fullname: str) -> str:
        return self._file

    def get_data(self, path: str) -> bytes:
        try:
            return self._files[path]
        except KeyError:
            raise FileNotFoundError(f"the bundle has no file {path}") from None

    def get_resource_reader(self, fullname: str) -> TraversableResources:
        return _Resources(Path(self._file).parent, self._files)


class _BareLoader(Loader):
    """Of a package without an __init__.py: there is nothing to run."""

    def __init__(self, folder: Path, files: Mapping[str, bytes]) -> None:
        self._folder = folder
        self._files = files

    def exec_module(self, module: ModuleType) -> None:
        pass

    def get_resource_reader(self, fullname: str) -> TraversableResources:
        return _Resources(self._folder, self._files)


class _Resources(TraversableResources):
    """What lies beside a package's code, for importlib.resources."""

    def __init__(self, folder: Path, files: Mapping[str, bytes]) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(), "w")
        for name, content in files.items():
            if Path(name).is_relative_to(folder):
                self._archive.writestr(Path(name).relative_to(folder).as_posix(), content)

    def files(self) -> Traversable:
        return zipfile.Path(self._archive)

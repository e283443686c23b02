"""The picture of README's architecture section, held against the imports as they are."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"
MODULES = sorted(APP.rglob("*.py"))

GROUND = {"inputs", "outputs", "repository", "runtimes"}
DOOR = {"dialects", "ops", "pages"}
ABOVE = {"openapi"}
# Each room and what it may import besides itself.
MAY_IMPORT = {
    "children": set(),
    "cpus": set(),
    "compile_report": {"signature"},
    "errors": set(),
    "predictions": set(),
    "signature": set(),
    "settings": {"cpus", "signature"},
    **dict.fromkeys(GROUND, frozenset({"children", "compile_report", "errors", "predictions", "signature"})),
    "engine": GROUND | {"children", "errors", "predictions", "signature"},
    "replies": {"engine"},
    "request": {"errors"},
    **dict.fromkeys(DOOR, frozenset({"engine", "errors", "inputs", "outputs", "predictions", "replies", "signature"})),
    **dict.fromkeys(ABOVE, frozenset({"dialects", "engine", "replies"})),
    "compile": {"compile_report", "engine", "predictions", "runtimes", "signature"},
    "pack": {"compile", "compile_report", "engine", "errors", "predictions", "settings", "signature"} | GROUND,
    "examples": {"compile", "outputs", "pack", "repository", "runtimes", "settings", "signature"},
    "serve": {"errors", "listeners", "ops", "outlet", "repository", "settings", "supervision"},
    "watch": {"", "ops", "repository", "settings"},
    "roll": {"", "engine", "errors", "repository", "settings"},
    "trial": {"engine", "errors", "repository"},
    "start": set(),
    "listeners": set(),
    "supervision": {"outlet"},
    "outlet": set(),
    "healthcheck": {"settings"},
    "wsgi": {"", "settings"},
    "": DOOR | ABOVE | {"children", "engine", "replies", "repository", "request", "settings"},
}
# Heavy libraries, each with the rooms that alone may import it.
KEPT_BY = {
    "flask": DOOR | ABOVE | {"", "replies", "request"},
    "sklearn": {"compile", "runtimes", "pack", "examples"},
    "skops": {"runtimes"},
    "onnxruntime": {"runtimes"},
    "skl2onnx": {"compile"},
    "fsspec": {"repository"},
    "PIL": {"inputs", "outputs"},
    "supervisor": {"serve", "supervision"},
}


def room(path: Path) -> str:
    """The room of a module; the package's own file is the room without a name."""
    name = path.relative_to(APP).parts[0].removesuffix(".py")
    return "" if name == "__init__" else name


def imports(path: Path) -> set[str]:
    """The full names of the modules that a file imports, at any depth."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= whole if node.module == "app" else {node.module or ""}
    return found


def rooms_imported(path: Path) -> set[str]:
    names = {name for name in imports(path) if name.split(".")[0] == "app"}
    rooms = {name.split(".")[1] if "." in name else "" for name in names}
    return {name if (APP / name).exists() or (APP / f"{name}.py").exists() else "" for name in rooms}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(APP)))
def test_a_room_imports_only_what_stands_below_it(path: Path) -> None:
    assert room(path) in MAY_IMPORT, f"{room(path)} is a new room: draw it here and in the README"
    assert rooms_imported(path) - {room(path)} <= MAY_IMPORT[room(path)]


@pytest.mark.parametrize("library", KEPT_BY)
def test_a_library_is_imported_only_in_its_rooms(library: str) -> None:
    users = {room(path) for path in MODULES if any(name.split(".")[0] == library for name in imports(path))}
    assert users <= KEPT_BY[library]


def test_the_picture_names_no_room_that_is_gone() -> None:
    assert set(MAY_IMPORT) == {room(path) for path in MODULES}


def test_serving_onnx_alone_imports_no_scikit_learn() -> None:
    program = (
        "import sys; from app import create_app; import app.runtimes.digits.on_pages; "
        "sys.exit(any(name.split('.')[0] == 'sklearn' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=APP.parent, check=False).returncode == 0

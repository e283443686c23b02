"""A bundle's own code, importable within its scope and nowhere else."""

import importlib
import sys

import pytest

from app.runtimes.scope import CodeScope


def package(folder, name, value):
    """A package whose module `inner` holds a value and counts how often it was run."""
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(f"from {name}.inner import VALUE\n")
    (folder / name / "inner.py").write_text(f"VALUE = {value!r}\nRUNS = []\nRUNS.append(1)\n")
    return folder


@pytest.fixture
def scopes(tmp_path):
    return [CodeScope(package(tmp_path / side, "own_code", side), ["own_code"]) for side in ("left", "right")]


def test_code_is_importable_within_its_scope_alone(scopes):
    with scopes[0].active():
        assert importlib.import_module("own_code").VALUE == "left"
    assert not any(name.startswith("own_code") for name in sys.modules)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("own_code")


def test_each_scope_has_its_own_code_of_the_same_name_every_time(scopes):
    for side, scope in (*zip(("left", "right"), scopes, strict=True), *zip(("left", "right"), scopes, strict=True)):
        with scope.active():
            values = [importlib.import_module(name).VALUE for name in ("own_code", "own_code.inner")]
            assert values == [side, side]


def test_a_module_is_run_once_and_keeps_its_state(scopes):
    with scopes[0].active():
        first = importlib.import_module("own_code.inner")
        first.RUNS.append(2)
    with scopes[0].active():
        assert importlib.import_module("own_code.inner") is first
        assert first.RUNS == [1, 2]


def test_what_has_the_same_name_outside_comes_back(scopes, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(package(tmp_path / "outside", "own_code", "outside")))
    outside = importlib.import_module("own_code")
    with scopes[0].active():
        assert importlib.import_module("own_code").VALUE == "left"
    assert sys.modules["own_code"] is outside
    for name in ("own_code", "own_code.inner"):
        del sys.modules[name]


def test_a_scope_within_a_scope_leaves_the_outer_as_it_was(scopes):
    with scopes[0].active():
        left = importlib.import_module("own_code")
        with scopes[1].active():
            assert importlib.import_module("own_code").VALUE == "right"
        assert importlib.import_module("own_code") is left


def test_the_path_and_the_modules_are_as_before_after_an_error(scopes):
    path = list(sys.path)

    def fail():
        with scopes[0].active():
            importlib.import_module("own_code")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert sys.path == path
    assert "own_code" not in sys.modules


def test_no_bytecode_is_written_beside_the_code(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    scope = CodeScope(package(tmp_path, "own_code", 1), ["own_code"])
    with scope.active():
        importlib.import_module("own_code")
    assert list(tmp_path.rglob("*.pyc")) == []
    assert sys.dont_write_bytecode is False

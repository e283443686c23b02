"""A bundle's own code, importable within its scope and nowhere else."""

import importlib
import importlib.resources
import importlib.util
import pkgutil
import shutil
import sys
import traceback

import pytest

from tests.bundles import scope_of


def package(folder, name, value):
    """A package whose module `inner` holds a value and counts how often it was run."""
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(f"from {name}.inner import VALUE\n")
    (folder / name / "inner.py").write_text(f"VALUE = {value!r}\nRUNS = []\nRUNS.append(1)\n")
    return folder


@pytest.fixture
def scopes(tmp_path):
    return [scope_of(package(tmp_path / side, "own_code", side), "own_code") for side in ("left", "right")]


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


def test_no_bytecode_is_written_beside_the_code_or_read_from_there(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    scope = scope_of(package(tmp_path, "own_code", 1), "own_code")
    with scope.active():
        assert importlib.import_module("own_code").VALUE == 1
    assert list(tmp_path.rglob("*.pyc")) == []


def test_what_is_imported_late_is_what_was_verified(tmp_path):
    folder = package(tmp_path, "own_code", "verified")
    scope = scope_of(folder, "own_code")
    (folder / "own_code" / "inner.py").write_text("VALUE = 'planted'")
    (folder / "own_code" / "extra.py").write_text("")
    with scope.active():
        assert importlib.import_module("own_code.inner").VALUE == "verified"
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("own_code.extra")


def test_a_package_needs_no_init(tmp_path):
    (tmp_path / "own_code" / "deep").mkdir(parents=True)
    (tmp_path / "own_code" / "deep" / "inner.py").write_text("from own_code.other import VALUE")
    (tmp_path / "own_code" / "other.py").write_text("VALUE = 3")
    scope = scope_of(tmp_path, "own_code")
    shutil.rmtree(tmp_path / "own_code")
    with scope.active():
        assert importlib.import_module("own_code.deep.inner").VALUE == 3


def test_a_traceback_names_the_file_and_shows_the_line_that_was_run(tmp_path):
    (tmp_path / "own_code.py").write_text("def fail():\n    return 1 / 0  # as it was\n")
    scope = scope_of(tmp_path, "own_code")
    (tmp_path / "own_code.py").unlink()
    with scope.active():
        with pytest.raises(ZeroDivisionError) as caught:
            importlib.import_module("own_code").fail()
        told = "".join(traceback.format_exception(caught.value))
    assert f'File "{tmp_path}/own_code.py", line 2, in fail' in told
    assert "# as it was" in told


def test_data_beside_the_code_are_those_that_were_verified(tmp_path):
    folder = package(tmp_path, "own_code", 1)
    (folder / "own_code" / "words").mkdir()
    (folder / "own_code" / "words" / "stop.txt").write_text("and\n")
    scope = scope_of(folder, "own_code")
    shutil.rmtree(folder / "own_code")
    with scope.active():
        importlib.import_module("own_code")
        assert pkgutil.get_data("own_code", "words/stop.txt") == b"and\n"
        assert importlib.resources.files("own_code").joinpath("words", "stop.txt").read_text() == "and\n"
        with pytest.raises(OSError, match=r"the bundle has no file .*/none\.txt"):
            pkgutil.get_data("own_code", "none.txt")


def test_data_of_a_package_without_init_are_those_that_were_verified(tmp_path):
    (tmp_path / "own_code" / "data" / "deep").mkdir(parents=True)
    (tmp_path / "own_code" / "__init__.py").write_text("")
    (tmp_path / "own_code" / "data" / "deep" / "stop.txt").write_text("and\n")
    scope = scope_of(tmp_path, "own_code")
    shutil.rmtree(tmp_path / "own_code")
    with scope.active():
        assert importlib.resources.files("own_code.data").joinpath("deep", "stop.txt").read_text() == "and\n"
        assert importlib.resources.files("own_code.data.deep").joinpath("stop.txt").read_text() == "and\n"


@pytest.mark.parametrize("planted", [False, True])
def test_an_optional_module_that_the_bundle_lacks_is_not_there(tmp_path, planted):
    folder = package(tmp_path, "own_code", 1)
    (folder / "own_code" / "bare").mkdir()
    (folder / "own_code" / "bare" / "one.py").write_text("")
    scope = scope_of(folder, "own_code")
    if planted:
        (folder / "own_code" / "optional.py").write_text("")
        (folder / "own_code" / "bare" / "optional.py").write_text("")
    with scope.active():
        for name in ("own_code.optional", "own_code.bare.optional"):
            assert importlib.util.find_spec(name) is None
            with pytest.raises(ModuleNotFoundError, match=f"No module named '{name}'"):
                importlib.import_module(name)
        assert importlib.util.find_spec("own_code.bare.one") is not None
        assert {each.name for each in pkgutil.iter_modules(importlib.import_module("own_code").__path__)} >= {"inner"}

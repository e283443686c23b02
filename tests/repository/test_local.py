"""Which bundles stand in a directory."""

import pytest

from app.repository.local import LocalRepository, fingerprint, list_bundles, versions
from tests.repository.unreadable import unreadable


@pytest.fixture
def root(tmp_path):
    for path in ("b/2", "b/10", "b/1", "a/1", "a/1.5", "a/1x", "a/latest", "a/.2", "empty"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "a" / "7").write_text("a file is no bundle")
    (tmp_path / "README").write_text("neither is this")
    return tmp_path


def test_bundles_are_listed_by_name_and_by_version_as_a_number(root):
    assert list_bundles(root) == [("a", 1), ("b", 1), ("b", 2), ("b", 10)]


def test_the_versions_of_one_model_come_oldest_first(root):
    assert versions(root, "b") == [1, 2, 10]


@pytest.mark.parametrize("name", ["empty", "unknown"])
def test_a_model_without_a_version_has_none(root, name):
    assert versions(root, name) == []


def test_a_directory_that_is_not_there_holds_nothing(tmp_path):
    assert list_bundles(tmp_path / "unknown") == []


def test_only_names_and_numbers_that_a_url_can_say_are_models_and_versions(tmp_path):
    for place in ("rain/1", "2024/3", ".packing-x/2024", ".notes/1", "rain/01", "rain/0", "rain/x", "a b/1"):
        (tmp_path / place).mkdir(parents=True)
    assert list_bundles(tmp_path) == [("2024", 3), ("rain", 1)]


def test_a_planted_cache_of_bytecode_is_a_change(tmp_path):
    before = fingerprint(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert fingerprint(tmp_path) != before


@pytest.mark.parametrize("place", [".", "b"])
def test_a_directory_that_cannot_be_read_is_no_empty_one(root, place):
    with unreadable(root / place), pytest.raises(PermissionError):
        list_bundles(root)


def test_a_root_that_cannot_be_read_cannot_be_reached(root):
    with unreadable(root), pytest.raises(PermissionError):
        LocalRepository(root).sync()


def test_what_is_written_to_a_file_or_removed_with_it_is_a_change(tmp_path):
    path = tmp_path / "traffic.json"
    found = [fingerprint(path)]
    for content in (b"{}", b"{"):
        path.write_bytes(content)
        found.append(fingerprint(path))
    assert len(set(found)) == 3

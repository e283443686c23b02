"""A bundle's manifest and checksums."""

import hashlib
import json

import pytest
from sklearn.linear_model import LinearRegression

from app.errors import BrokenBundleError
from app.pack.bundles import Card, pack_estimator
from app.repository.bundle import Bundle, read_bundle, sha256
from tests.fakes import NUMBER, TABLE

MODEL, GOLDEN = b"a model", b'{"instances": [], "outputs": {}}'
MANIFEST = {
    "format": 1,
    "name": "sum",
    "version": 3,
    "description": "Adds.",
    "task": "regression",
    "runtime": "sum",
    "artifact": "model.sum",
    "files": {"model.sum": hashlib.sha256(MODEL).hexdigest(), "golden.json": hashlib.sha256(GOLDEN).hexdigest()},
    "signature": {"kind": "table", "columns": [{"name": "a"}]},
    "target": {"name": "sum"},
    "libraries": {},
    "examples": [{"a": 1}],
}


def write(folder, place="sum/3", **changes):
    path = folder / place
    path.mkdir(parents=True)
    manifest = {key: value for key, value in {**MANIFEST, **changes}.items() if value is not None}
    (path / "manifest.json").write_text(json.dumps(manifest))
    (path / "model.sum").write_bytes(MODEL)
    (path / "golden.json").write_bytes(GOLDEN)
    return path


def test_a_bundle_is_read(tmp_path):
    path = write(tmp_path)
    bundle = read_bundle(path)
    bundle.verify()
    assert (bundle.manifest.name, bundle.manifest.version) == ("sum", 3)
    assert bundle.artifact == path / "model.sum"
    assert bundle.short_hash == hashlib.sha256(MODEL).hexdigest()[:12]
    assert bundle.golden() == {"instances": [], "outputs": {}}
    assert bundle.contents() == {"model.sum": MODEL, "golden.json": GOLDEN}


VERIFYING = [Bundle.verify, Bundle.contents]


@pytest.mark.parametrize("verify", VERIFYING)
@pytest.mark.parametrize("file", ["model.sum", "golden.json"])
def test_a_changed_file_is_named(tmp_path, file, verify):
    path = write(tmp_path)
    (path / file).write_bytes(b"something else")
    with pytest.raises(BrokenBundleError, match=rf"{file} was changed after packing"):
        verify(read_bundle(path))


@pytest.mark.parametrize("verify", VERIFYING)
@pytest.mark.parametrize("file", ["model.sum", "golden.json"])
def test_a_missing_file_is_named(tmp_path, file, verify):
    path = write(tmp_path)
    (path / file).unlink()
    with pytest.raises(BrokenBundleError, match=rf"{file} is missing"):
        verify(read_bundle(path))


def test_golden_rows_that_were_changed_are_not_read(tmp_path):
    bundle = read_bundle(write(tmp_path))
    (bundle.path / "golden.json").write_text("{}")
    with pytest.raises(BrokenBundleError, match=r"golden\.json was changed after packing"):
        bundle.golden()


def test_a_directory_without_a_manifest_is_named(tmp_path):
    with pytest.raises(BrokenBundleError, match=r"manifest\.json cannot be read: No such file"):
        read_bundle(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00"])
def test_a_manifest_that_is_none_is_refused(tmp_path, text):
    path = write(tmp_path)
    (path / "manifest.json").write_text(text)
    with pytest.raises(BrokenBundleError, match="is not a manifest"):
        read_bundle(path)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": 2}, "format"),
        ({"name": "../sum"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "sum\n"}, "name"),
        ({"version": 0}, "version"),
        ({"version": "x"}, "version"),
        ({"task": "guessing"}, "task"),
        ({"signature": {"kind": "sound"}}, "signature"),
        ({"signature": {"kind": "table", "columns": [{"name": "a", "dtype": "float128"}]}}, "dtype"),
        ({"examples": []}, "examples"),
        ({"runtime": None}, "runtime"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_bad_member_is_named(tmp_path, changes, field):
    with pytest.raises(BrokenBundleError, match=f"is not a manifest: .*{field}"):
        read_bundle(write(tmp_path, **changes))


@pytest.mark.parametrize("place", ["other/3", "sum/4", "sum/03"])
def test_a_manifest_in_another_s_directory_is_refused(tmp_path, place):
    with pytest.raises(BrokenBundleError, match="is the manifest of sum/3, not of this directory"):
        read_bundle(write(tmp_path, place))


@pytest.mark.parametrize("missing", ["model.sum", "golden.json"])
def test_a_manifest_without_a_checksum_is_refused(tmp_path, missing):
    files = {name: digest for name, digest in MANIFEST["files"].items() if name != missing}
    with pytest.raises(BrokenBundleError, match="has no checksum"):
        read_bundle(write(tmp_path, files=files))


def test_sha256_is_the_known_one(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("verify", VERIFYING)
@pytest.mark.parametrize("to_directory", [True, False])
def test_a_link_in_a_bundle_is_refused(tmp_path, to_directory, verify):
    path = pack_estimator(
        LinearRegression().fit([[0, 0], [1, 1]], [0, 2]),
        Card("add", "Adds.", "regression", TABLE, NUMBER, [{"a": 1.0, "b": 2.0}]),
        tmp_path / "models",
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "evil.py").write_text("")
    (path / "code").mkdir()
    (path / "code" / "evil").symlink_to(elsewhere if to_directory else elsewhere / "evil.py")
    with pytest.raises(BrokenBundleError, match="evil is a link"):
        verify(read_bundle(path))

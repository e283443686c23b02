"""What is not as it was packed is refused before a byte of it is unpickled."""

import hashlib
import json
import pickle
from pathlib import Path

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeRegressor

from app.engine.model import Loading, load_model
from app.engine.registry import Registry
from app.errors import BrokenBundleError
from app.repository.bundle import MANIFEST, read_bundle
from app.runtimes import skops_files
from tests.bundles import state_of
from tests.fakes import MAX_PIXELS

ROWS = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})


class Evil:
    """Creates a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


@pytest.fixture
def packed(pack):
    """A model that is kept as a joblib file, for skops does not trust a tree."""
    packed = pack(DecisionTreeRegressor().fit(ROWS, ROWS["x"]), ROWS)
    assert packed.manifest.artifact == "model.joblib"
    return packed


def test_the_tampered_file_of_these_tests_does_harm_when_it_is_unpickled(tmp_path):
    pickle.loads(pickle.dumps(Evil(tmp_path / "marker")))
    assert (tmp_path / "marker").exists()


def test_a_tampered_joblib_file_is_refused_by_name_before_it_is_unpickled(packed, tmp_path):
    artifact = packed.bundle.artifact
    artifact.write_bytes(pickle.dumps(Evil(tmp_path / "marker")))
    with pytest.raises(BrokenBundleError, match=f"{artifact} was changed after packing: its sha256"):
        load_model(packed.bundle, Loading(MAX_PIXELS))
    assert not (tmp_path / "marker").exists()


def test_a_single_changed_bit_is_enough(packed):
    content = bytearray(packed.bundle.artifact.read_bytes())
    content[-1] ^= 1
    packed.bundle.artifact.write_bytes(content)
    with pytest.raises(BrokenBundleError, match=r"model\.joblib was changed after packing"):
        load_model(packed.bundle, Loading(MAX_PIXELS))


def test_changed_golden_rows_are_refused(packed):
    (packed.bundle.path / "golden.json").write_text("{}")
    with pytest.raises(BrokenBundleError, match=r"golden\.json was changed after packing"):
        load_model(packed.bundle, Loading(MAX_PIXELS))


def test_a_joblib_file_that_was_never_packed_is_never_loaded(tmp_path):
    folder = tmp_path / "models" / "evil" / "1"
    folder.mkdir(parents=True)
    (folder / "model.joblib").write_bytes(pickle.dumps(Evil(tmp_path / "marker")))
    registry = Registry(default="evil", loading=Loading(MAX_PIXELS))
    registry.update(state_of(tmp_path / "models"))
    assert registry.models() == {}
    assert not (tmp_path / "marker").exists()


def test_an_artifact_without_a_checksum_is_refused(packed, tmp_path):
    manifest = json.loads((packed.bundle.path / MANIFEST).read_text())
    packed.bundle.artifact.write_bytes(pickle.dumps(Evil(tmp_path / "marker")))
    path = packed.bundle.path
    del manifest["files"]["model.joblib"]
    (path / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BrokenBundleError, match="no checksum for its artifact"):
        load_model(read_bundle(path), Loading(MAX_PIXELS))
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize("path", ["../outside.joblib", "/etc/hostname"])
def test_an_artifact_outside_of_its_bundle_is_refused(packed, path):
    bundle = packed.bundle.path
    outside = bundle.parent / "outside.joblib"
    outside.write_bytes(b"anything")
    manifest = json.loads((bundle / MANIFEST).read_text())
    manifest["artifact"] = path
    target = (bundle / path).resolve()
    manifest["files"][path] = hashlib.sha256(target.read_bytes()).hexdigest()
    (bundle / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BrokenBundleError, match="leads out of the bundle"):
        load_model(read_bundle(bundle), Loading(MAX_PIXELS))


def shouted(rows):
    return rows


def test_a_skops_file_with_types_that_nobody_vouches_for_is_not_packed(pack, tmp_path):
    estimator = make_pipeline(FunctionTransformer(shouted), LinearRegression()).fit(ROWS, ROWS["x"])
    (tmp_path / "model.skops").write_bytes(skops_files.save(estimator))
    packed = pack(tmp_path / "model.skops", ROWS)
    assert packed.status == 2
    assert "types that are not trusted: tests.pack.test_safety.shouted; name those" in packed.complaint
    assert "--trust" in packed.complaint
    assert pack(tmp_path / "model.skops", ROWS, trust="tests.pack.test_safety.shouted").status == 0


def test_a_skops_file_in_a_bundle_is_held_to_what_its_owner_vouched_for(pack, tmp_path):
    estimator = make_pipeline(FunctionTransformer(shouted), LinearRegression()).fit(ROWS, ROWS["x"])
    packed = pack(estimator, ROWS, trust="tests.pack.test_safety.shouted")
    assert packed.manifest.artifact == "model.skops"
    bundle = packed.bundle.path
    manifest = json.loads((bundle / MANIFEST).read_text())
    manifest["options"]["trusted"] = []
    (bundle / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BrokenBundleError, match=r"not trusted: tests\.pack\.test_safety\.shouted"):
        load_model(read_bundle(bundle), Loading(MAX_PIXELS))

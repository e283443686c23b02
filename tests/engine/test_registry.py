"""Which version answers, and what a failed bundle does to the others."""

import shutil

import numpy as np
import orjson
import pytest
from sklearn.linear_model import LinearRegression

from app.engine.model import Loading, load_model
from app.engine.registry import Registry
from app.errors import BrokenBundleError, NotReadyError, UnknownModelError, UnknownVersionError
from app.pack.bundles import Card, pack_estimator
from app.repository.bundle import read_bundle, sha256
from tests.bundles import state_of
from tests.fakes import MAX_PIXELS, NUMBER, SIGN, TABLE, make_model

ADDING = LinearRegression().fit([[0, 0], [1, 0], [0, 1], [2, 3]], [0, 1, 1, 5])


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Two versions of `add` and one of `plus`."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("add", "add", "plus"):
        pack_estimator(ADDING, Card(name, "Adds.", "regression", TABLE, NUMBER, [{"a": 1.0, "b": 2.0}]), folder)
    return folder


@pytest.fixture
def root(packed, tmp_path):
    """A copy to break."""
    return shutil.copytree(packed, tmp_path / "models")


def loaded(root, default="add"):
    registry = Registry(default, Loading(MAX_PIXELS))
    registry.update(state_of(root))
    return registry


def test_the_newest_version_answers_unless_one_is_asked_for():
    registry = Registry("sum", Loading(MAX_PIXELS))
    for version in (2, 10, 1):
        registry.add(make_model(version=version))
    assert registry.resolve("sum").version == "10"
    assert registry.resolve("sum", "2").version == "2"
    assert registry.versions("sum") == ["1", "2", "10"]


def test_the_default_model_answers_where_none_is_named(registry):
    assert registry.default == "sum"
    assert registry.resolve() is registry.resolve("sum")
    assert registry.resolve(version="1") is registry.resolve("sum")


def test_all_models_are_listed_by_name(registry):
    assert list(registry.models()) == ["broken", "sign", "sum", "tensor"]


def test_a_model_is_tagged_with_name_version_and_hash():
    assert make_model(name="m", version=7).tag == "m/7@0123456789ab"
    assert make_model(target=SIGN, task="classification").labels == ["negative", "positive"]
    assert make_model().labels == []


@pytest.mark.parametrize("version", ["2", "0", "01", "", "latest"])
def test_an_unknown_version_says_which_are_loaded(registry, version):
    with pytest.raises(UnknownVersionError, match=f"has no version '{version}'; loaded: 1$"):
        registry.resolve("sum", version)


def test_an_unknown_model_says_which_there_are(registry):
    with pytest.raises(UnknownModelError, match=r"there is no model 'zzz'\. Models: broken, sign, sum, tensor$"):
        registry.resolve("zzz")


def test_a_misspelt_model_is_guessed(registry):
    with pytest.raises(UnknownModelError, match=r"did you mean 'tensor'\? Models: "):
        registry.resolve("tenser")


def test_an_empty_service_has_no_model():
    with pytest.raises(UnknownModelError, match="Models: none"):
        Registry("sum", Loading(MAX_PIXELS)).resolve()


def test_every_bundle_is_loaded_checked_and_answers(root):
    registry = loaded(root)
    assert registry.ready
    assert {name: model.version for name, model in registry.models().items()} == {"add": "2", "plus": "1"}
    model = registry.resolve("plus")
    assert model.runtime.predict({"a": np.array([2.0]), "b": np.array([3.0])}).predictions.tolist() == [
        pytest.approx(5)
    ]
    assert model.short_hash == sha256(root / "plus" / "1" / "model.skops")[:12]


def test_an_empty_directory_is_not_ready(tmp_path):
    assert not loaded(tmp_path).ready


def change_artifact(path):
    (path / "model.skops").write_bytes(b"something else")


def remove_artifact(path):
    (path / "model.skops").unlink()


def break_manifest(path):
    (path / "manifest.json").write_text("{")


def remove_manifest(path):
    (path / "manifest.json").unlink()


def rewrite(path, **changes):
    """A bundle as one would be packed with these members; its checksums hold."""
    manifest = orjson.loads((path / "manifest.json").read_bytes())
    manifest |= changes
    manifest["files"] = {name: sha256(path / name) for name in manifest["files"]}
    (path / "manifest.json").write_bytes(orjson.dumps(manifest))


def name_unknown_runtime(path):
    rewrite(path, runtime="abacus")


def store_no_estimator(path):
    (path / "model.skops").write_bytes(b"no zip archive")
    rewrite(path)


def expect_another_answer(path):
    golden = orjson.loads((path / "golden.json").read_bytes())
    golden["outputs"]["predictions"][0] += 1
    (path / "golden.json").write_bytes(orjson.dumps(golden))
    rewrite(path)


def garble_golden_rows(path):
    (path / "golden.json").write_text("{}")
    rewrite(path)


FAULTS = {
    change_artifact: "was changed after packing",
    remove_artifact: "is missing",
    break_manifest: "is not a manifest",
    remove_manifest: "cannot be read",
    name_unknown_runtime: "the runtime 'abacus' is not known; there are sklearn",
    store_no_estimator: "BadZipFile",
    expect_another_answer: "the golden rows are not reproduced: row 0",
    garble_golden_rows: "KeyError",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_failed_bundle_is_recorded_with_its_reason_and_stops_no_other(root, fault):
    fault(root / "plus" / "1")
    registry = loaded(root)
    assert not registry.ready
    assert list(registry.failures) == [("plus", "1")]
    assert FAULTS[fault] in registry.failures["plus", "1"]
    assert registry.resolve("add").version == "2"
    with pytest.raises(NotReadyError, match="model 'plus' version 1 is not ready: ") as caught:
        registry.resolve("plus")
    assert FAULTS[fault] in str(caught.value)


def test_a_failed_newest_version_leaves_the_older_one_answering(root):
    change_artifact(root / "add" / "2")
    registry = loaded(root)
    assert registry.resolve("add").version == "1"
    with pytest.raises(NotReadyError, match="version 2 is not ready"):
        registry.resolve("add", "2")
    with pytest.raises(UnknownVersionError, match="loaded: 1"):
        registry.resolve("add", "3")
    assert registry.ready


def test_a_model_of_which_all_failed_is_still_known(root):
    change_artifact(root / "plus" / "1")
    registry = loaded(root)
    with pytest.raises(UnknownVersionError, match="model 'plus' has no version '9'; loaded: none"):
        registry.resolve("plus", "9")
    with pytest.raises(UnknownModelError, match="did you mean 'plus'"):
        registry.resolve("pluss")


def test_a_bundle_that_is_being_packed_is_not_looked_at(root):
    shutil.copytree(root / "plus", root / ".packing-abc" / "plus")
    registry = loaded(root)
    assert registry.ready
    assert list(registry.models()) == ["add", "plus"]


def test_loading_one_model_raises_what_is_wrong_with_it(root):
    expect_another_answer(root / "plus" / "1")
    with pytest.raises(BrokenBundleError, match="row 0: expected"):
        load_model(read_bundle(root / "plus" / "1"), Loading(MAX_PIXELS))


def test_without_the_usual_default_the_first_model_stands_in():
    registry = Registry("digits", Loading(MAX_PIXELS))
    registry.add(make_model(name="b"))
    registry.add(make_model(name="a"))
    assert (registry.default, registry.resolve().name, registry.ready) == ("a", "a", True)


def test_a_default_that_was_asked_for_is_missed():
    registry = Registry("digits", Loading(MAX_PIXELS), default_required=True)
    registry.add(make_model(name="a"))
    assert (registry.default, registry.ready) == ("digits", False)
    with pytest.raises(UnknownModelError, match="'digits'"):
        registry.resolve()


@pytest.mark.parametrize("version", ["9" * 5000, "01", "٣", "-1", "1.0", ""])
def test_a_version_is_a_plain_number(version):
    registry = Registry("sum", Loading(MAX_PIXELS))
    registry.add(make_model())
    with pytest.raises(UnknownVersionError):
        registry.resolve("sum", version)

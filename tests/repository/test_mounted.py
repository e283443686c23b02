"""What SageMaker mounts: bundles, one bundle, an MLflow model, or nothing."""

import shutil

import pytest

from app import create_app, serve
from app.errors import BrokenBundleError
from app.repository.bundle import read_bundle
from app.repository.local import list_bundles
from app.repository.mounted import mounted_models
from app.repository.opening import open_repository
from app.settings import Settings, load_settings
from tests.repository.unreadable import unreadable


@pytest.fixture
def place(tmp_path):
    return tmp_path / "opt" / "ml" / "model"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run" / "mounted"


def test_nothing_is_mounted(place, folder):
    assert mounted_models(place, folder) is None
    place.mkdir(parents=True)
    assert mounted_models(place, folder) is None


def test_a_place_that_may_not_be_read_is_told(place, folder):
    place.mkdir(parents=True)
    with unreadable(place), pytest.raises(BrokenBundleError, match="cannot be read: Permission denied"):
        mounted_models(place, folder)


def test_bundles_by_name_and_version_stand_where_they_are(place, folder, models):
    shutil.copytree(models / "iris", place / "iris")
    assert mounted_models(place, folder) == place
    assert list_bundles(place) == [("iris", 1)]


@pytest.mark.parametrize("again", [False, True])
def test_one_bundle_is_found_where_its_manifest_says(place, folder, models, again):
    shutil.copytree(models / "iris" / "1", place)
    if again:
        mounted_models(place, folder)
        (folder / "older" / "3").mkdir(parents=True)
    assert mounted_models(place, folder) == folder
    repository = open_repository(str(folder), folder, seconds=1, trusted=False)
    assert (repository.sync(), list_bundles(repository.root)) == ({}, [("iris", 1)])
    assert read_bundle(repository.root / "iris" / "1").manifest.name == "iris"


def test_one_bundle_is_tried_and_served_where_it_is_linked(place, folder, models, tmp_path):
    shutil.copytree(models / "iris" / "1", place)
    settings = Settings(models=str(mounted_models(place, folder)), run_dir=tmp_path / "run", poll_seconds=0)
    assert create_app(settings).test_client().get("/readyz").json["models"] == ["iris/1"]


def test_an_mlflow_model_stands_where_it_is(place, folder):
    place.mkdir(parents=True)
    (place / "MLmodel").write_text("flavors: {}")
    assert mounted_models(place, folder) == place


@pytest.mark.parametrize("variable", ["SLIPWAY_MODELS", "AIP_STORAGE_URI", None])
def test_a_setting_comes_before_what_is_mounted(place, tmp_path, monkeypatch, variable):
    place.mkdir(parents=True)
    (place / "MLmodel").write_text("flavors: {}")
    monkeypatch.setattr(serve, "PLACE", place)
    monkeypatch.setenv("SLIPWAY_MODELS", "")
    if variable:
        monkeypatch.setenv(variable, "gs://chosen/models")
    serve.choose_mounted(tmp_path)
    assert load_settings().models == ("gs://chosen/models" if variable else str(place))


@pytest.mark.parametrize("text", ["", "{}", '{"name": "../x", "version": 1}', '{"name": "x", "version": 0}'])
def test_a_manifest_that_names_no_model_is_refused(place, folder, text):
    place.mkdir(parents=True)
    (place / "manifest.json").write_text(text)
    with pytest.raises(BrokenBundleError, match=r"manifest\.json is not a manifest: "):
        mounted_models(place, folder)

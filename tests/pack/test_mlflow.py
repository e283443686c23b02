"""MLflow models, written here as MLflow writes them; MLflow itself is not installed."""

import json
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from skl2onnx import to_onnx
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from app.engine.model import Loading, load_model
from app.errors import PackError
from app.pack.mlflow import main, pack_mlflow
from app.repository import mlflow
from app.repository.bundle import read_bundle
from app.repository.mlflow import MlflowRepository
from tests.fakes import MAX_PIXELS

FRAME = pd.DataFrame({"age": [20, 40, 60, 80], "city": ["Oslo", "Rome", "Oslo", "Rome"], "income": [1.0, 2.5, 0, 9]})
INPUTS = [
    {"type": "long", "name": "age", "required": True},
    {"type": "string", "name": "city", "required": True},
    {"type": "double", "name": "income", "required": True},
]
OUTPUTS = [{"type": "string", "name": "churn", "required": True}]


def describe(folder, flavor, inputs, example, info):
    (folder / "input_example.json").write_text(json.dumps(example))
    described = {
        "artifact_path": "model",
        "flavors": {"python_function": {"loader_module": "mlflow.any"}, **flavor},
        "mlflow_version": "3.1.0",
        "model_uuid": "0",
        "signature": {"inputs": json.dumps(inputs), "outputs": json.dumps(OUTPUTS), "params": None},
        "saved_input_example_info": {"artifact_path": "input_example.json", **info},
    }
    (folder / "MLmodel").write_text(yaml.safe_dump(described))


@pytest.fixture
def churn(tmp_path):
    """A pipeline of the sklearn flavour."""
    folder = tmp_path / "churn"
    folder.mkdir()
    encode = make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough")
    model = make_pipeline(encode, LogisticRegression()).fit(FRAME, ["no", "yes", "no", "yes"])
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    flavor = {"sklearn": {"pickled_model": "model.pkl", "serialization_format": "cloudpickle", "code": None}}
    example = {"columns": list(FRAME), "data": FRAME.to_numpy().tolist()}
    describe(folder, flavor, INPUTS, example, {"type": "dataframe", "pandas_orient": "split"})
    return folder


@pytest.fixture
def onnx(tmp_path):
    """A matrix's model of the onnx flavour."""
    folder = tmp_path / "numbers"
    folder.mkdir()
    matrix = np.array([[0.0, 1], [1, 0], [2, 3], [3, 1]], np.float32)
    model = LogisticRegression().fit(matrix, [0, 0, 1, 1])
    (folder / "model.onnx").write_bytes(to_onnx(model, matrix, options={"zipmap": False}).SerializeToString())
    tensor = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]
    describe(folder, {"onnx": {"data": "model.onnx"}}, tensor, {"inputs": matrix.tolist()}, {"type": "ndarray"})
    return folder


def test_signature_and_example_are_taken_over(churn, tmp_path):
    path = pack_mlflow(churn, "churn", tmp_path / "models", trusted=True)
    model = load_model(read_bundle(path), Loading(MAX_PIXELS))
    columns = {column.name: column.dtype for column in model.manifest.signature.columns}
    assert columns == {"age": "int64", "city": "string", "income": "float64"}
    assert model.manifest.target.name == "churn"
    assert model.labels == ["no", "yes"]
    assert model.manifest.examples[0] == {"age": 20, "city": "Oslo", "income": 1.0}


def test_a_pickle_is_not_loaded_unless_somebody_says_so(churn, tmp_path):
    (churn / "model.pkl").write_bytes(b"not even a pickle")
    with pytest.raises(PackError, match=r"is a pickle, which runs the code .*SLIPWAY_TRUST_MLFLOW=true"):
        pack_mlflow(churn, "churn", tmp_path / "models", trusted=False)


def test_an_onnx_model_needs_no_trust(onnx, tmp_path):
    path = pack_mlflow(onnx, "numbers", tmp_path / "models", trusted=False)
    assert load_model(read_bundle(path), Loading(MAX_PIXELS)).manifest.runtime == "onnx-table"


def change(folder, **changes):
    described = yaml.safe_load((folder / "MLmodel").read_text()) | changes
    (folder / "MLmodel").write_text(yaml.safe_dump(described))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"flavors": {"pytorch": {}}}, "has the flavours pytorch; accepted: sklearn, onnx"),
        ({"flavors": {"sklearn": {"pickled_model": "gone.pkl"}}}, "names 'gone.pkl', which is not there"),
        ({"flavors": {"sklearn": {"pickled_model": "../churn.pkl"}}}, "names '../churn.pkl', which is not there"),
        ({"flavors": 7}, "is no description of an MLflow model"),
        ({"saved_input_example_info": None}, "has no input example: log the model with input_example="),
        ({"saved_input_example_info": {"artifact_path": "gone.json"}}, "the input example of .* is no table"),
    ],
)
def test_what_cannot_be_packed_is_said(churn, tmp_path, changes, said):
    (tmp_path / "churn.pkl").write_bytes(b"")
    change(churn, **changes)
    with pytest.raises(PackError, match=said):
        pack_mlflow(churn, "churn", tmp_path / "models", trusted=True)


def test_the_command_line_packs_and_says_what_is_wrong(onnx, churn, tmp_path, capsys):
    models = tmp_path / "models"
    assert main([str(onnx), "--name", "numbers", "--models", str(models)]) == 0
    assert (models / "numbers" / "1" / "manifest.json").is_file()
    assert main([str(churn), "--name", "churn", "--models", str(models)]) == 2
    assert "is a pickle" in capsys.readouterr().err


def test_a_repository_packs_the_model_once_and_again_when_it_changes_or_its_bundle_is_gone(onnx, tmp_path):
    repository = MlflowRepository(onnx, tmp_path / "cache", seconds=120, trusted=False)
    assert repository.sync() == {}
    assert repository.versions("numbers") == [1]
    assert repository.sync() == {}
    assert repository.versions("numbers") == [1]
    (onnx / "MLmodel").touch()
    assert repository.sync() == {}
    assert repository.versions("numbers") == [1, 2]
    shutil.rmtree(repository.root / "numbers" / "2")
    assert repository.sync() == {}
    assert repository.versions("numbers") == [1, 2]
    (onnx / "MLmodel").unlink()
    with pytest.raises(FileNotFoundError, match="there is no MLmodel in"):
        repository.sync()


def test_what_could_not_be_packed_is_tried_again_at_the_next_start_and_not_at_each_look(onnx, tmp_path):
    cache = tmp_path / "cache"
    for seconds in (0.01, 120):  # a repository is opened anew at each look
        repository = MlflowRepository(onnx, cache, seconds=seconds, trusted=False)
        assert repository.sync() == {("numbers", "1"): "it was not packed within 0.01 seconds"}
    program = (
        "import sys; from pathlib import Path; from app.repository.mlflow import MlflowRepository\n"
        "print(MlflowRepository(*map(Path, sys.argv[1:]), seconds=120, trusted=False).sync())"
    )
    started = subprocess.run(
        [sys.executable, "-c", program, onnx, cache], cwd=mlflow.PROJECT, capture_output=True, text=True, check=True
    )
    assert started.stdout.strip() == "{}"
    assert repository.versions("numbers") == [1]


def test_a_repository_says_why_a_model_is_not_packed(churn, tmp_path, monkeypatch):
    repository = MlflowRepository(churn, tmp_path / "cache", seconds=120, trusted=False)
    for _ in range(2):
        (reason,) = repository.sync().values()
        assert "SLIPWAY_TRUST_MLFLOW=true" in reason
        monkeypatch.setattr(mlflow, "PROJECT", tmp_path)  # the second time it is remembered
    monkeypatch.setattr(mlflow, "find_spec", lambda name: None)
    assert repository.sync() == {
        ("churn", "1"): "an MLflow model is packed first: pip install 'slipway[pack]', "
        "or pack it where that is installed"
    }


def test_packing_that_hangs_is_ended(churn, tmp_path):
    repository = MlflowRepository(churn, tmp_path / "cache", seconds=0.01, trusted=True)
    assert repository.sync() == {("churn", "1"): "it was not packed within 0.01 seconds"}

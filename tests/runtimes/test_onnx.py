"""ONNX files, and where each runtime is found."""

import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from app.compile.convert import to_onnx
from app.errors import BrokenBundleError
from app.runtimes.base import MODULES, Artifact, load_runtime
from app.runtimes.file import File
from app.runtimes.onnx import Classifier, open_session
from app.signature import ImageSignature, Target
from tests.bundles import read

RANDOM = np.random.default_rng(0)
MATRIX = RANDOM.normal(size=(60, 4)).astype(np.float32)
FITTED = LogisticRegression().fit(MATRIX, MATRIX.argmax(axis=1))


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    path.write_bytes(to_onnx(FITTED, 4))
    return read(path)


def test_a_classifier_gives_the_probabilities_of_the_model_it_was_made_from(artifact):
    probabilities = Classifier(artifact)(MATRIX)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, FITTED.predict_proba(MATRIX), atol=1e-5)


def test_no_rows_have_no_probabilities(artifact):
    assert Classifier(artifact)(MATRIX[:0]).shape == (0, 4)


def test_one_row_answers_as_it_does_among_others(artifact):
    classifier = Classifier(artifact)
    np.testing.assert_allclose(classifier(MATRIX[7:8]), classifier(MATRIX)[7:8], atol=1e-6)


def test_a_session_keeps_to_one_thread(artifact):
    options = open_session(artifact).get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)


def test_a_conversion_is_the_same_bytes_every_time():
    assert to_onnx(FITTED, 4) == to_onnx(FITTED, 4)


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x01"])
def test_a_file_that_is_no_model_is_refused_by_name(tmp_path, content):
    with pytest.raises(BrokenBundleError, match=r"model\.onnx is not an ONNX model that can be run"):
        open_session(File(tmp_path / "model.onnx", content))


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(BrokenBundleError, match=r"model\.onnx is not an ONNX model"):
        open_session(tmp_path / "model.onnx")


def test_an_unknown_runtime_says_which_there_are(tmp_path):
    with pytest.raises(BrokenBundleError, match="the runtime 'abacus' is not known; there are sklearn, "):
        load_runtime(Artifact("abacus", "model", tmp_path, {}, ImageSignature(), Target(name="x")))


@pytest.mark.parametrize("name", MODULES)
def test_every_runtime_is_found_and_can_load(name, tmp_path):
    options = {"module": "no_such_module"} if name == "predictor" else {}
    target = Target(name="x", classes=("a",))
    with pytest.raises((BrokenBundleError, ImportError, EOFError)):
        load_runtime(Artifact(name, "model", tmp_path, {"model": b""}, ImageSignature(), target, options))
    assert MODULES[name] in sys.modules

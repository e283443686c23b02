"""The .skops format, as packing writes it and as serving reads it."""

import zipfile

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

from app.errors import BrokenBundleError
from app.runtimes import skops_files
from tests.bundles import read

ROWS = np.array([[0.0], [1.0], [2.0], [3.0]])
LINE = LinearRegression().fit(ROWS, [1.0, 3.0, 5.0, 7.0])


def halved(rows):
    return rows / 2


OWN = make_pipeline(FunctionTransformer(halved), LinearRegression()).fit(ROWS, ROWS[:, 0])
OWN_TYPE = f"{__name__}.halved"


def stored(path, estimator):
    path.write_bytes(skops_files.save(estimator))
    return path


def test_what_is_loaded_answers_as_what_was_saved(tmp_path):
    loaded = skops_files.load(read(stored(tmp_path / "model.skops", LINE)))
    np.testing.assert_array_equal(loaded.predict(ROWS), LINE.predict(ROWS))


def test_saving_twice_gives_the_same_bytes_without_a_date():
    one, other = (LogisticRegression().fit(ROWS, [0, 0, 1, 1]) for _ in range(2))
    assert skops_files.save(one) == skops_files.save(other)


def test_no_file_of_the_archive_has_a_date(tmp_path):
    with zipfile.ZipFile(stored(tmp_path / "model.skops", LINE)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_types_that_nobody_vouches_for_are_named_and_refused(tmp_path):
    assert skops_files.untrusted_types(skops_files.save(OWN)) == [OWN_TYPE]
    with pytest.raises(BrokenBundleError, match=f"holds types that are not trusted: {OWN_TYPE}"):
        skops_files.load(read(stored(tmp_path / "model.skops", OWN)), ["some.other.type"])


def test_types_that_somebody_vouches_for_are_loaded(tmp_path):
    loaded = skops_files.load(read(stored(tmp_path / "model.skops", OWN)), [OWN_TYPE])
    np.testing.assert_allclose(loaded.predict(ROWS), ROWS[:, 0])


def test_an_encoder_of_texts_needs_nobodys_word(tmp_path):
    encoder = OrdinalEncoder(dtype=np.int64).fit(np.array([["a"], ["b"]], dtype=object))
    assert skops_files.untrusted_types(skops_files.save(encoder)) == []
    loaded = skops_files.load(read(stored(tmp_path / "model.skops", encoder)))
    assert loaded.transform(np.array([["b"]], dtype=object)).tolist() == [[1]]

"""Samples: CSV, Parquet and npy, read as the person who trained on them would."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from app.errors import PackError
from app.pack.sample import read_sample, split_target

ROWS = pd.DataFrame({"a": [1.5, 2.5], "b": [1, 2], "c": ["NA", "x"], "d": [True, False]})


@pytest.mark.parametrize("ending", ["csv", "CSV", "parquet"])
def test_csv_and_parquet_give_the_same_rows(tmp_path, ending):
    path = tmp_path / f"rows.{ending}"
    ROWS.to_parquet(path) if ending == "parquet" else ROWS.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_sample(path), ROWS)


def test_only_an_empty_field_is_missing(tmp_path):
    (tmp_path / "rows.csv").write_text("code,n\nNA,1\n,2\nnull,\n")
    sample = read_sample(tmp_path / "rows.csv")
    assert sample["code"].isna().tolist() == [False, True, False]
    assert sample["code"].tolist()[0] == "NA"
    assert sample["n"].isna().tolist() == [False, False, True]


def test_numbers_are_read_to_the_last_bit(tmp_path):
    numbers = np.random.default_rng(0).normal(size=500) * 10.0 ** np.arange(-250, 250)
    pd.DataFrame({"n": numbers}).to_csv(tmp_path / "rows.csv", index=False)
    assert (read_sample(tmp_path / "rows.csv")["n"].to_numpy() == numbers).all()


def test_a_column_that_is_said_to_hold_texts_keeps_its_zeros(tmp_path):
    (tmp_path / "rows.csv").write_text("post,n\n0123,1\n,2\n")
    sample = read_sample(tmp_path / "rows.csv", ["post", "not there"])
    assert sample["post"].tolist()[0] == "0123"
    assert sample["post"].isna().tolist() == [False, True]
    assert sample["n"].tolist() == [1, 2]


def test_an_encoder_of_digits_as_texts_is_packed_with_a_note_and_not_without(pack, tmp_path):
    rows = pd.DataFrame({"post": ["0123", "0456", "0789"] * 4})
    estimator = make_pipeline(OneHotEncoder(), LinearRegression()).fit(rows, [1.0, 2.0, 3.0] * 4)
    packed = pack(estimator, rows)
    assert (packed.status, "columns: {post: {dtype: string}}" in packed.complaint) == (2, True), packed.complaint
    (tmp_path / "notes.yaml").write_text("columns: {post: {dtype: string}}")
    packed = pack(estimator, rows, notes=tmp_path / "notes.yaml")
    assert packed.manifest.signature.columns[0].categories == ("0123", "0456", "0789")
    assert packed.answer([{"post": "0456"}]) == [pytest.approx(2)]


def test_the_columns_of_a_matrix_are_numbered(tmp_path):
    np.save(tmp_path / "rows.npy", np.arange(6.0).reshape(3, 2))
    sample = read_sample(tmp_path / "rows.npy")
    assert sample.columns.tolist() == ["x0", "x1"]
    assert sample["x1"].tolist() == [1, 3, 5]


def test_the_fields_of_a_structured_array_keep_their_names(tmp_path):
    np.save(tmp_path / "rows.npy", np.array([(1, 2.5), (3, 4.5)], [("n", "i8"), ("x", "f8")]))
    sample = read_sample(tmp_path / "rows.npy")
    assert (sample["n"].tolist(), sample["x"].tolist()) == ([1, 3], [2.5, 4.5])


@pytest.mark.parametrize("structured", [False, True])
def test_an_npy_sample_is_packed_and_its_target_measured(pack, tmp_path, structured):
    rows = np.array([[1, 2, 3], [2, 2, 4], [5, 0, 5]], float)
    estimator = LinearRegression(fit_intercept=False).fit(rows[:, :2], rows[:, 2])
    fields = [(name, "f8") for name in ("x0", "x1", "x2")]
    np.save(tmp_path / "rows.npy", np.array([tuple(row) for row in rows], fields) if structured else rows)
    packed = pack(estimator, tmp_path / "rows.npy", target="x2")
    assert [column.name for column in packed.manifest.signature.columns] == ["x0", "x1"]
    assert packed.manifest.metrics["r2 on the sample"] == pytest.approx(1)


BAD = {
    "rows.txt": (b"a\n1\n", "has no known ending; accepted: .csv, .parquet, .npy"),
    "empty.csv": (b"", "cannot be read: No columns"),
    "header.csv": (b"a,b\n", "has no rows"),
    "twice.npy": (b"", "cannot be read"),
    "ragged.csv": (b"a,b\n1,2\n1,2,3\n", "cannot be read"),
    "latin.csv": ("é\n1\n".encode("latin-1"), "is not in UTF-8 .*: save it as UTF-8"),
    "no.parquet": (b"x", "cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_sample_that_cannot_be_read_is_refused_by_name(tmp_path, name):
    content, sentence = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PackError, match=sentence) as refused:
        read_sample(tmp_path / name)
    assert name in str(refused.value)


def test_an_npy_file_of_objects_is_not_unpickled(tmp_path):
    np.save(tmp_path / "rows.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    with pytest.raises(PackError, match="cannot be read: Object arrays cannot be loaded"):
        read_sample(tmp_path / "rows.npy")


def test_an_array_that_is_no_matrix_is_refused(tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros((2, 3, 4)))
    with pytest.raises(PackError, match=r"the array's shape is \[2, 3, 4\]; \[rows, columns\] is accepted"):
        read_sample(tmp_path / "rows.npy")


def test_a_column_that_stands_twice_is_refused(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b,a\n1,2,3\n")
    with pytest.raises(PackError, match="has the column 'a' more than once"):
        read_sample(tmp_path / "rows.csv")


def test_targets_are_split_off_in_the_order_given():
    inputs, truth = split_target(ROWS, ["d", "a"])
    assert inputs.columns.tolist() == ["b", "c"]
    assert truth.columns.tolist() == ["d", "a"]


def test_without_a_target_all_columns_are_inputs():
    inputs, truth = split_target(ROWS, [])
    assert inputs is ROWS
    assert truth is None

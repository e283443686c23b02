"""CSV replies: what a spreadsheet and our own reader can take in again."""

import csv
import io

import numpy as np

from app.inputs.tabular import TableReader
from app.outputs.table import write_csv
from app.predictions import Outputs
from app.signature import Column, TableSignature, Target

TARGET = Target(name="sum")


def rows(arrays, outputs, target=TARGET):
    return list(csv.reader(io.StringIO(write_csv(arrays, outputs, target), newline="")))


def test_the_prediction_stands_behind_the_row_s_own_columns():
    arrays = {"b": np.array([1.5, 2.0]), "a": np.array([3, 4])}
    assert rows(arrays, Outputs(np.array([4.5, 6.0]))) == [["b", "a", "sum"], ["1.5", "3", "4.5"], ["2.0", "4", "6.0"]]


def test_probabilities_are_named_by_their_label():
    outputs = Outputs(np.array(["no"], object), np.array([[0.75, 0.25]]))
    target = Target(name="answer", classes=("no", "yes"))
    assert rows({"a": np.array([1])}, outputs, target) == [
        ["a", "answer", "probability_no", "probability_yes"],
        ["1", "no", "0.75", "0.25"],
    ]


def test_a_name_that_is_taken_is_told_apart_and_nothing_is_overwritten():
    arrays = {"sum": np.array([1]), "predicted_sum": np.array([2]), "probability_no": np.array([3])}
    target = Target(name="sum", classes=("no",))
    assert rows(arrays, Outputs(np.array([9]), np.array([[1.0]])), target) == [
        ["sum", "predicted_sum", "probability_no", "predicted_predicted_sum", "predicted_probability_no"],
        ["1", "2", "3", "9", "1.0"],
    ]


def test_missing_values_are_empty_and_booleans_are_lower_case():
    arrays = {"a": np.array([np.nan, 1.0]), "b": np.array([None, "x"], object), "c": np.array([True, False])}
    assert rows(arrays, Outputs(np.array([np.nan, 2.0])))[1:] == [["", "", "true", ""], ["1.0", "x", "false", "2.0"]]


def test_texts_with_commas_quotes_and_line_ends_are_quoted():
    text = 'a,"b"\r\nc'
    assert rows({"a": np.array([text], object)}, Outputs(np.array([1]))) == [["a", "sum"], [text, "1"]]


def test_no_rows_are_a_header():
    outputs = Outputs(np.empty(0), np.empty((0, 2)))
    target = Target(name="sign", classes=("negative", "positive"))
    assert rows({"a": np.empty(0)}, outputs, target) == [["a", "sign", "probability_negative", "probability_positive"]]


def test_the_row_s_columns_are_what_a_request_would_say():
    columns = (
        Column(name="f", nullable=True),
        Column(name="i", dtype="int64", nullable=True),
        Column(name="b", dtype="bool"),
        Column(name="s", dtype="string"),
    )
    reader = TableReader(TableSignature(columns=columns))
    body = b'f,i,b,s\r\n0.1,7,true,"a,b"\r\n,,false,\r\n'
    reply = write_csv(reader.csv(body), Outputs(np.array([1.0, 2.0])), TARGET)
    stripped = "\r\n".join(line.rpartition(",")[0] for line in reply.split("\r\n"))
    assert stripped.encode() == body

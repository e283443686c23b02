"""The command line: what it says while it works, what it accepts, and how it refuses."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from app.pack.__main__ import _parser, main
from tests.pack.conftest import sampled, stored
from tests.pack.people import INPUTS, people, prepared

PEOPLE = people()
LEFT = prepared(LogisticRegression()).fit(PEOPLE[INPUTS], PEOPLE["left"])
ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 2.0]})
SUM = LinearRegression().fit(ROWS.to_numpy(), ROWS.sum(axis=1))
NAMED = LinearRegression().fit(ROWS, ROWS.sum(axis=1))


def test_each_step_has_a_line_and_a_table_ends_it(pack):
    said = pack(LEFT, PEOPLE, target="left").said
    steps = re.findall(r"^(\d+)\. ", said, re.MULTILINE)
    assert steps == [str(number) for number in range(1, len(steps) + 1)]
    assert len(steps) >= 7
    assert re.search(r"^Packed model version 1 as .*/models/model/1: classification, model\.skops$", said, re.MULTILINE)
    assert re.search(r"^\| age +\| float64 or null +\| [\d.]+ to [\d.]+ +\|", said, re.MULTILINE)
    assert re.search(r"^\| city +\| string or null +\| Oslo, Paris, Rome, and others \|", said, re.MULTILINE)
    assert re.search(r"^accuracy on the sample: 0\.\d+$", said, re.MULTILINE)


def test_the_compilation_ends_in_a_table_of_measured_times(pack):
    said = pack(LEFT, PEOPLE, compiling=True).said
    assert re.search(r"^compiled to ONNX: (adopted|not faster): It agrees", said, re.MULTILINE)
    for size in (1, 10, 100, 1000):
        assert re.search(rf"^\| {size} +\| \d+ +\| \d+ +\| (compiled|original) \|", said, re.MULTILINE)


def test_packing_again_makes_the_next_version(pack):
    assert pack(SUM, ROWS).manifest.version == 1
    assert pack(SUM, ROWS).manifest.version == 2


def test_the_directory_of_bundles_is_the_services_unless_given(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SLIPWAY_MODELS", str(tmp_path / "elsewhere"))
    assert main(["--model", str(stored(SUM, tmp_path)), "--sample", str(sampled(ROWS, tmp_path)), "--name", "m"]) == 0
    assert (tmp_path / "elsewhere" / "m" / "1" / "manifest.json").is_file()


BAD = {
    "a model that is not there": (
        {"model": "none.joblib", "sample": ROWS},
        "there is no file none.joblib",
    ),
    "a sample that is not there": ({"model": SUM, "sample": "none.csv"}, "there is no file none.csv"),
    "no sample": ({"model": SUM}, "an estimator needs a sample of its training rows: --sample rows.csv"),
    "a name that is a path": (
        {"model": SUM, "sample": ROWS, "name": "../up"},
        "'../up' is no name for a model; accepted: letters, digits, '.', '_' and '-'",
    ),
    "a missing column": (
        {"model": NAMED, "sample": ROWS.rename(columns={"b": "bb"})},
        "the model was fitted on the columns a, b; the sample lacks 'b'; did you mean 'bb'?",
    ),
    "too many columns": (
        {"model": SUM, "sample": ROWS.assign(c=1)},
        "the model was fitted on 2 columns without names; the sample has 3: a, b, c. Leave out what is no input, and "
        "name the target with --target",
    ),
    "no such target": (
        {"model": SUM, "sample": ROWS.assign(price=1), "target": "prise"},
        "the sample has no column 'prise' to take as the target; did you mean 'price'?",
    ),
    "an input as the target": (
        {"model": NAMED, "sample": ROWS, "target": "b"},
        "the model was fitted on the column 'b', so it cannot be the target",
    ),
    "a target that is none of the classes": (
        {"model": LEFT, "sample": PEOPLE.assign(left="perhaps"), "target": "left"},
        "the target column holds 'perhaps', which is not one of the classes no, yes",
    ),
    "a target with gaps": (
        {"model": SUM, "sample": ROWS.assign(y=[1, None, 2, None]), "target": "y"},
        "the target column 'y' is empty in 2 of 4 rows",
    ),
    "a target of words for a model of numbers": (
        {"model": SUM, "sample": ROWS.assign(y="many"), "target": "y"},
        "the target column 'y' does not hold numbers, and the model answers numbers",
    ),
    "two targets for one answer": (
        {"model": SUM, "sample": ROWS.assign(y=1, z=2), "target": "y,z"},
        "the model answers 1 values a row, and the target columns are 2: y, z",
    ),
    "an infinite number": (
        {"model": SUM, "sample": ROWS.replace(4.0, np.inf)},
        "column 'a' holds an infinite number, which no request can say",
    ),
    "a column of nothing": (
        {"model": NAMED, "sample": ROWS.assign(a=np.nan)},
        "column 'a' holds no value at all",
    ),
    "an unknown task": ({"model": SUM, "sample": ROWS, "task": "guessing"}, "invalid choice: 'guessing'"),
    "a task that it cannot do": (
        {"model": SUM, "sample": ROWS, "task": "transform"},
        "the model fails on the sample: AttributeError: 'LinearRegression' object has no attribute 'transform'",
    ),
    "a flag of another kind of model": (
        {"model": SUM, "sample": ROWS, "size": "4x4"},
        "--size says nothing of an estimator",
    ),
    "a size that is none": ({"model": SUM, "sample": ROWS, "size": "4xa"}, "'4xa' is no size such as 480x640"),
    "a mean that is none": ({"model": SUM, "sample": ROWS, "mean": "1,2"}, "neither one number nor three with commas"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_packed_is_refused_in_a_sentence_and_leaves_nothing(pack, what):
    asked, sentence = BAD[what]
    packed = pack(**asked)
    assert packed.status == 2
    assert sentence in packed.complaint
    assert "Traceback" not in packed.complaint
    assert not packed.models.exists()


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("model.txt", b"x", "has no known ending; accepted: .joblib, .pkl, .pickle, .skops, .onnx"),
        ("model.joblib", b"no pickle", "model.joblib cannot be read: "),
        ("model.pkl", b"", "model.pkl cannot be read: "),
        ("model.skops", b"no archive", "model.skops cannot be read: "),
        ("model.onnx", b"no graph", "model.onnx is not an ONNX model that can be run"),
    ],
)
def test_a_file_that_is_no_model_is_refused_by_name(pack, tmp_path, file, content, sentence):
    (tmp_path / file).write_bytes(content)
    packed = pack(tmp_path / file, ROWS)
    assert (packed.status, sentence in packed.complaint) == (2, True), packed.complaint


def test_a_directory_is_refused_with_a_way_out(pack, tmp_path):
    packed = pack(tmp_path, ROWS)
    assert packed.status == 2
    assert "it is a directory, and a model is one file" in packed.complaint


def test_a_file_that_holds_no_model_is_refused(pack):
    packed = pack({"model": SUM}, ROWS)
    assert packed.status == 2
    assert "holds a dict that neither predicts nor transforms" in packed.complaint


def test_a_model_that_fails_on_its_sample_is_refused_with_what_it_said_and_where(pack):
    packed = pack(DecisionTreeClassifier().fit(ROWS.to_numpy(), [0, 1, 0, 1]), ROWS.assign(b=["x", "y", "x", "y"]))
    assert packed.status == 2
    assert "the model fails on the sample: ValueError: " in packed.complaint
    assert re.search(r"\(\w+\.py, line \d+\)", packed.complaint)


def test_help_lists_every_flag_with_a_word_on_it(capsys):
    for action in _parser()._actions:
        assert action.help or action.choices, f"{action.option_strings} has no help"

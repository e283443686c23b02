"""What an owner says of a model: flags before notes, notes before what is inferred."""

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from app.pack.__main__ import _noted, _parser
from app.pack.notes import Notes

ROWS = pd.DataFrame({"height": [1.0, 2.0, 3.0], "width": [2.0, 4.0, 5.0]})
LINE = LinearRegression().fit(ROWS, ROWS["height"])
NOTES = """
description: From the notes.
task: regression
columns:
  height: {unit: cm, description: How tall.}
target: {name: area, unit: cm2, description: How large.}
"""


@pytest.fixture
def noted(pack, tmp_path):
    def run(text, **flags):
        (tmp_path / "notes.yaml").write_text(text)
        return pack(LINE, ROWS, notes=tmp_path / "notes.yaml", **flags)

    return run


def test_units_and_descriptions_reach_the_manifest_and_the_table(noted):
    packed = noted(NOTES)
    height, width = packed.manifest.signature.columns
    assert (height.unit, height.description, width.unit) == ("cm", "How tall.", None)
    target = packed.manifest.target
    assert (target.name, target.unit, target.description) == ("area", "cm2", "How large.")
    assert packed.manifest.description == "From the notes."
    assert "| cm " in packed.said


def test_a_flag_wins_over_the_notes(noted):
    assert noted(NOTES, description="From the flag.").manifest.description == "From the flag."
    assert noted(NOTES, task="clustering").manifest.task == "clustering"


def test_flags_of_a_picture_win_one_by_one():
    flags = ["--model", "m.onnx", "--name", "m", "--size", "32x64", "--mean", "0.5", "--score-threshold", "0"]
    notes = Notes(image={"size": [8, 8], "scale": 2.0})
    assert _noted(notes, _parser().parse_args(flags)).image == {
        "size": (32, 64),
        "scale": 2.0,
        "mean": (0.5, 0.5, 0.5),
        "score_threshold": 0.0,
    }


BAD = {
    "an unknown key": (
        "colums: {}",
        "colums: the key is not known; accepted: description, task, columns, target, image",
    ),
    "an unknown key of a column": (
        "columns: {height: {units: cm}}",
        "columns.height.units: the key is not known; accepted: dtype, unit, description, categories, open_categories, "
        "nullable",
    ),
    "an unknown key of the target": (
        "target: {label: x}",
        "target.label: the key is not known; accepted: name, unit, description, classes",
    ),
    "an unknown column": ("columns: {hight: {unit: cm}}", "the notes name a column 'hight'; there are height, width"),
    "an unknown task": ("task: guessing", "task: Input should be 'classification', 'regression'"),
    "a list": ("- a", "Input should be"),
    "no YAML": ("a: [", "notes.yaml cannot be read: "),
}


@pytest.mark.parametrize("what", BAD)
def test_notes_that_are_not_understood_are_refused_with_what_is(noted, what):
    text, sentence = BAD[what]
    packed = noted(text)
    assert packed.status == 2
    assert sentence in packed.complaint


def test_notes_that_are_not_there_are_refused(pack, tmp_path):
    assert "none.yaml cannot be read: " in pack(LINE, ROWS, notes=tmp_path / "none.yaml").complaint


def test_empty_notes_say_nothing(noted):
    assert noted("").status == 0

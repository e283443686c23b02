"""docs/pack.md, held against the code: every flag, every field, and an example that is run as it stands."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from app.compile_report import Answer, CompileReport, Timing, WorstRow
from app.engine.model import Loading, load_model
from app.pack.__main__ import _parser
from app.pack.notes import ColumnNotes, Notes, TargetNotes
from app.repository.bundle import Manifest, read_bundle
from app.runtimes.base import MODULES
from app.runtimes.onnx_tables import TableOptions
from app.runtimes.sklearn import Fitting
from app.runtimes.vision.layouts import LAYOUTS
from app.runtimes.vision.options import VisionOptions
from app.signature import Column, ImageSignature, TableSignature, Target, TensorSignature
from tests.fakes import MAX_PIXELS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pack.md").read_text(encoding="utf-8")
IN_TICKS = set(re.findall(r"`([^`\n]+)`", PAGE))
PARTS: list[type[BaseModel]] = [
    Manifest,
    Column,
    TableSignature,
    TensorSignature,
    ImageSignature,
    Target,
    CompileReport,
    WorstRow,
    Answer,
    Timing,
    Fitting,
    TableOptions,
    VisionOptions,
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_field_of_the_manifest_and_its_parts_is_named(part):
    named = {word.rpartition(".")[2] for word in IN_TICKS}
    assert set(part.model_fields) <= named


def test_every_flag_has_a_row_and_every_row_is_a_flag():
    flags = {action.option_strings[-1] for action in _parser()._actions} - {"--help"}
    assert set(re.findall(r"^\| `(--[a-z-]+)` \|", PAGE, re.MULTILINE)) == flags


def test_every_runtime_and_every_layout_is_named():
    assert set(MODULES) <= IN_TICKS
    assert set(LAYOUTS) <= IN_TICKS


def test_the_notes_are_accepted_and_show_every_key():
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    written = yaml.safe_load(text)
    Notes.model_validate(written)
    assert set(written) == set(Notes.model_fields)
    assert set(written["target"]) == set(TargetNotes.model_fields)
    assert set().union(*written["columns"].values()) == set(ColumnNotes.model_fields)


def test_the_predictor_is_packed_and_answers_as_it_stands_in_the_page(tmp_path):
    files = dict(re.findall(r"^`([\w.]+)`\n\n```\w+\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
    assert set(files) == {"predictor.py", "stations.json", "days.csv", "classes.txt"}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    (command,) = re.findall(r"^python (-m app\.pack .*--predictor.*)$", PAGE, re.MULTILINE)
    words = [str(tmp_path / word) if word in files else word for word in shlex.split(command)]
    done = subprocess.run(
        [sys.executable, *words, "--models", str(tmp_path / "models")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "accuracy on the sample: 1" in done.stdout
    model = load_model(read_bundle(tmp_path / "models" / "rain" / "1"), Loading(MAX_PIXELS))
    asked = [{"station": "harbour", "pressure": 980}, {"station": "elsewhere", "pressure": 1040}]
    assert model.runtime.predict(model.reader.rows(asked)).predictions.tolist() == ["rain", "dry"]


def test_the_command_of_make_takes_the_variables_that_the_page_names():
    recipe = re.search(r"^pack:.*?\n\n", (ROOT / "Makefile").read_text(), re.MULTILINE | re.DOTALL)
    for variable in re.findall(r"`([A-Z]+)`", PAGE.partition("`make pack` has variables")[2].partition("\n\n")[0]):
        assert f"$({variable})" in recipe[0]

"""Columns that the signature does not have: refused, or dropped where that is wanted; none may be missing."""

import numpy as np
import pytest

from app import create_app
from app.settings import Settings
from app.signature import Column
from tests.bundles import predictor, write_bundle
from tests.inputs.helpers import npy, places, problems_of, table

COLUMNS = (Column(name="length"), Column(name="count", dtype="int64"))
REFUSING, IGNORING = table(*COLUMNS), table(*COLUMNS, ignore_extra=True)
VECTORS = {"note": np.zeros((3, 3)), "length": np.array([1.5, 2.5]), "count": np.array([2, 3])}
FIELDS = np.array([(1, 1.5, 2), (1, 2.5, 3)], [("note", "?"), ("length", "f4"), ("count", "i4")])

WAYS = {
    "rows": lambda reader: reader.rows([{"note": [], "length": 1.5, "count": 2}, {"length": 2.5, "count": 3, "x": 1}]),
    "columns": lambda reader: reader.columns({"note": 5, "length": [1.5, 2.5], "count": [2, 3]}),
    "csv": lambda reader: reader.csv(b"note,length,count\nbad,1.5,2\n,2.5,3\n"),
    "tensors": lambda reader: reader.tensors(VECTORS),
    "npy": lambda reader: reader.npy(npy(FIELDS)),
}


@pytest.mark.parametrize("way", WAYS)
def test_extra_columns_are_refused(way):
    problems = problems_of(WAYS[way], REFUSING)
    assert {problem.detail for problem in problems} == {"the column is not known"}


@pytest.mark.parametrize("way", WAYS)
def test_extra_columns_are_dropped_whatever_they_hold_where_that_is_wanted(way):
    arrays = WAYS[way](IGNORING)
    assert {name: array.tolist() for name, array in arrays.items()} == {"length": [1.5, 2.5], "count": [2, 3]}


def test_an_extra_field_of_a_form_is_dropped():
    fields = {"submit": ["Go", "Go"], "length": ["1.5"], "count": ["2"]}
    assert places(problems_of(REFUSING.form, fields)) == [(None, "submit")]
    assert list(IGNORING.form(fields)) == ["length", "count"]


def test_an_extra_column_may_stand_twice_in_a_header_but_a_known_one_not():
    assert IGNORING.csv(b"length,x,count,x\n1,a,2,b\n")["count"].tolist() == [2]
    assert places(problems_of(IGNORING.csv, b"length,x,count,length\n1,a,2,3\n")) == [(None, "length")]


@pytest.mark.parametrize(
    "read",
    [
        lambda: IGNORING.rows([{"lenght": 1.5, "count": 2, "zzz": 1}]),
        lambda: IGNORING.columns({"lenght": [1.5], "count": [2], "zzz": [1]}),
        lambda: IGNORING.csv(b"lenght,count,zzz\n1.5,2,1\n"),
        lambda: IGNORING.form({"lenght": ["1.5"], "count": ["2"], "zzz": ["1"]}),
        lambda: IGNORING.tensors({"lenght": np.zeros(1), "count": np.zeros(1), "zzz": np.zeros(1)}),
    ],
    ids=["rows", "columns", "csv", "form", "tensors"],
)
def test_a_misspelt_column_is_missing_and_guessed(read):
    (problem,) = problems_of(read)
    assert (problem.field, problem.did_you_mean) == ("lenght", "length")


def test_a_missing_column_is_refused():
    (problem,) = problems_of(IGNORING.rows, [{"count": 2, "zzz": 1}])
    assert (problem.row, problem.field, problem.detail) == (0, "length", "the column is missing")


def test_lists_and_matrices_have_no_names_so_nothing_in_them_can_be_extra():
    assert places(problems_of(IGNORING.rows, [[1.5, 2, 3]])) == [(0, None)]
    assert places(problems_of(IGNORING.tensors, {"m": np.zeros((1, 3))})) == [(None, None)]


@pytest.mark.parametrize(("policy", "status"), [("refuse", 422), ("ignore", 200)])
def test_the_setting_reaches_the_models_that_are_loaded(tmp_path, policy, status):
    write_bundle(tmp_path / "models", "five", 1, predictor(5), answer=5)
    settings = Settings(models=str(tmp_path / "models"), run_dir=tmp_path / "run", extra_columns=policy, poll_seconds=0)
    with create_app(settings).test_client() as client:
        extra = {"instances": [{"a": 1, "b": 2, "c": 3}]}
        assert client.post("/predict/five", json=extra).status_code == status
        missing = client.post("/predict/five", json={"instances": [{"a": 1, "bb": 2}]})
        assert (missing.status_code, missing.json["errors"][0]["did_you_mean"]) == (422, "b")

"""A model that no one here has seen: packed in one command, served by the stack, asked by form, CSV and JSON."""

import csv
import html
import io
import json
import os
import pickle
import random
import re
import string
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tests.container.conftest import MakeStack
from tests.container.stack import JSON, ROOT, Stack
from tests.pack.test_safety import Evil

CITIES, SIZES = ["Oslo", "Rome", "São Paulo"], ["s", "m", "l"]


@dataclass
class Served:
    """The stack, the estimator behind its model, and the rows to ask about; `names` of its columns are random."""

    stack: Stack
    estimator: Any
    rows: pd.DataFrame
    names: dict[str, str]
    marker: Path

    def rows_as_json(self, count: int) -> list[dict[str, Any]]:
        rows = self.rows.head(count).astype(object)
        return [{k: None if pd.isna(v) else v for k, v in row.items()} for row in rows.to_dict("records")]

    def predict(self, rows: list[dict[str, Any]]) -> Any:
        return self.stack.ask("POST", "/predict/unseen", json.dumps({"instances": rows}).encode(), JSON)


def unseen(names: dict[str, str], count: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            names["number"]: rng.normal(100, 20, count).round(2),
            names["count"]: rng.integers(0, 50, count),
            names["city"]: rng.choice(CITIES, count),
            names["size"]: rng.choice(SIZES, count),
            names["flag"]: rng.random(count) > 0.5,
        }
    )
    frame.loc[::9, names["number"]] = np.nan
    frame.loc[::7, names["city"]] = np.nan
    return frame


def fit(rows: pd.DataFrame, names: dict[str, str], truth: pd.Series, last: Any) -> Any:
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    places = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    columns = ColumnTransformer(
        [
            ("numbers", numbers, [names["number"], names["count"]]),
            ("places", places, [names["city"]]),
            ("sizes", OrdinalEncoder(categories=[SIZES]), [names["size"]]),
        ],
        remainder="passthrough",
    )
    return make_pipeline(columns, last).fit(rows, truth)


def make_pack(folder: Path, models: Path) -> str:
    """What the one command says."""
    done = subprocess.run(
        [
            *("make", "pack", f"MODEL={folder}/unseen.joblib", f"SAMPLE={folder}/rows.csv", "NAME=unseen"),
            *("TARGET=outcome", f"NOTES={folder}/notes.yaml"),
        ],
        cwd=ROOT,
        env={**os.environ, "SLIPWAY_MODELS": str(models)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def served(make_stack: MakeStack, tmp_path_factory: pytest.TempPathFactory) -> Served:
    folder = tmp_path_factory.mktemp("unseen")
    letters = iter(random.sample(string.ascii_lowercase, 25))
    # A space and a letter beyond ASCII: a column's name need not be a name in any language.
    names = {
        what: f"{''.join(next(letters) for _ in range(5))} é" for what in ("number", "count", "city", "size", "flag")
    }
    rows = unseen(names, 150)
    truth = pd.Series(np.where(rows[names["count"]] + 30 * rows[names["flag"]] > 40, "goes", "stays"))
    estimator = fit(rows, names, truth, LogisticRegression())
    joblib.dump(estimator, folder / "unseen.joblib")
    rows.assign(outcome=truth).to_csv(folder / "rows.csv", index=False)
    (folder / "notes.yaml").write_text(
        f"columns:\n  '{names['number']}': {{unit: kg, description: What it weighs.}}\n", encoding="utf-8"
    )
    models = folder / "models"
    said = make_pack(folder, models)
    assert "accuracy on the sample" in said
    # A second version, kept as a joblib file, which does harm when it is unpickled.
    joblib.dump(fit(rows, names, truth, DecisionTreeClassifier()), folder / "unseen.joblib")
    make_pack(folder, models)
    (models / "unseen" / "2" / "model.joblib").write_bytes(pickle.dumps(Evil(folder / "marker")))
    return Served(
        make_stack("native", SLIPWAY_MODELS=str(models), SLIPWAY_DEFAULT_MODEL="unseen", WEB_CONCURRENCY="1"),
        estimator,
        rows,
        names,
        folder / "marker",
    )


def test_json_rows_are_answered_as_the_estimator_does(served: Served) -> None:
    reply = served.predict(served.rows_as_json(40))
    assert reply.status == 200, reply.body
    asked = served.rows.head(40)
    assert reply.json()["predictions"] == served.estimator.predict(asked).tolist()
    found = [[row["goes"], row["stays"]] for row in reply.json()["probabilities"]]
    np.testing.assert_allclose(found, served.estimator.predict_proba(asked), atol=1e-5)


def test_one_row_is_answered_as_among_others(served: Served) -> None:
    expected = served.estimator.predict_proba(served.rows)
    for index in (0, 7, 9, 63):  # a city missing, a number missing, both
        row = served.rows_as_json(index + 1)[-1]
        found = served.predict([row]).json()["probabilities"][0]
        np.testing.assert_allclose([found["goes"], found["stays"]], expected[index], atol=1e-5)


def test_a_csv_file_comes_back_with_the_answers_added(served: Served) -> None:
    body = served.rows.head(20).to_csv(index=False).replace("True", "true").replace("False", "false").encode()
    reply = served.stack.ask("POST", "/predict/unseen", body, {"Content-Type": "text/csv", "Accept": "text/csv"})
    assert reply.status == 200, reply.body
    rows = list(csv.DictReader(io.StringIO(reply.body.decode())))
    assert [row["outcome"] for row in rows] == served.estimator.predict(served.rows.head(20)).tolist()
    assert {*served.names.values(), "probability_goes", "probability_stays"} < set(rows[0])


def test_the_page_has_a_form_of_the_models_own_columns(served: Served) -> None:
    reply = served.stack.ask("GET", "/?model=unseen")
    assert reply.status == 200
    page = html.unescape(reply.body.decode())
    for name in served.names.values():
        assert f'name="{name}"' in page
    selects = {
        name: re.findall(r"<option[^>]*>([^<]*)", body)
        for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL)
    }
    assert set(SIZES) <= set(selects[served.names["size"]])
    assert {"true", "false"} <= set(selects[served.names["flag"]])
    for city in CITIES:
        assert city in page
    assert "kg" in page
    assert "What it weighs." in page


def test_a_posted_form_is_answered(served: Served) -> None:
    names = served.names
    row = {
        names["number"]: "90.5",
        names["count"]: "45",
        names["city"]: "Rome",
        names["size"]: "m",
        names["flag"]: "true",
    }
    reply = served.stack.ask(
        "POST", "/?model=unseen", urlencode(row).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert reply.status == 200
    frame = pd.DataFrame([[90.5, 45, "Rome", "m", True]], columns=list(names.values()))
    assert f'data-slot="answer">{served.estimator.predict(frame)[0]}<' in reply.body.decode()


def test_each_misfit_is_named_by_row_and_field(served: Served) -> None:
    first, second, third = served.rows_as_json(3)
    number, size = served.names["number"], served.names["size"]
    first[number] = "heavy"
    second[size] = "xl"
    misspelt = number[1:]
    third[misspelt] = third.pop(number)
    reply = served.predict([first, second, third])
    assert reply.status == 422
    assert reply.headers["Content-Type"] == "application/problem+json"
    errors = {(error.get("row"), error.get("field")): error for error in reply.json()["errors"]}
    assert errors[0, number]["accepted"] == "a number in kg, or null"
    assert errors[1, size]["accepted"] == "one of 's', 'm', 'l'"
    assert errors[2, misspelt]["did_you_mean"] == number


def test_a_tampered_version_is_reported_by_file_and_never_unpickled(served: Served) -> None:
    described = served.stack.ask("GET", "/models/unseen").json()
    assert described["version"] == "1"
    (failed,) = [state for state in described["states"] if state["state"] == "failed"]
    assert failed["version"] == "2"
    assert re.search(r"unseen/2/model\.joblib was changed after packing", failed["reason"])
    asked = served.stack.ask(
        "POST", "/predict/unseen?version=2", json.dumps({"instances": served.rows_as_json(1)}).encode(), JSON
    )
    assert asked.status == 503
    assert "was changed after packing" in served.stack.stderr()
    assert not served.marker.exists()

"""The tabular examples: iris, wine and diabetes. Units and descriptions stand where the data set gives them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from app.pack.bundles import Card, pack_estimator
from app.signature import NUMPY_TYPES, Arrays, Column, TableSignature, Target

FOLDS = 5
EXAMPLE_ROWS = 3

DIABETES_COLUMNS = {
    "age": {"unit": "years"},
    "sex": {"description": "a code; the data set does not say which is which"},
    "bmi": {"description": "body mass index", "unit": "kg/m²"},
    "bp": {"description": "average blood pressure"},
    "s1": {"description": "tc, total serum cholesterol"},
    "s2": {"description": "ldl, low-density lipoproteins"},
    "s3": {"description": "hdl, high-density lipoproteins"},
    "s4": {"description": "tch, total cholesterol / HDL"},
    "s5": {"description": "ltg, possibly log of serum triglycerides level"},
    "s6": {"description": "glu, blood sugar level"},
}


def build_iris(models: Path) -> Path:
    """Which of three irises a flower is."""
    data = load_iris()
    columns = [Column(name=name.removesuffix(" (cm)").replace(" ", "_"), unit="cm") for name in data.feature_names]
    return _pack_classifier("iris", "The species of an iris from four lengths.", "species", columns, data, models)


def build_wine(models: Path) -> Path:
    """Which of three cultivars a wine was made from."""
    data = load_wine()
    columns = [Column(name=name) for name in data.feature_names]
    description = "The cultivar of a wine from thirteen chemical measurements."
    return _pack_classifier("wine", description, "cultivar", columns, data, models)


def build_diabetes(models: Path) -> Path:
    """How far diabetes will have progressed in a year."""
    data = load_diabetes(scaled=False)
    columns = [Column(name=name, **DIABETES_COLUMNS[name]) for name in data.feature_names]
    sex = data.feature_names.index("sex")
    columns[sex] = columns[sex].model_copy(update={"dtype": "int64", "categories": (1, 2)})
    numbers = [index for index in range(len(columns)) if index != sex]
    estimator = make_pipeline(
        ColumnTransformer([("sex", OneHotEncoder(), [sex]), ("numbers", StandardScaler(), numbers)]),
        Ridge(alpha=10),  # the columns s1 to s6 are correlated; the folds agree best with some shrinkage
    )
    folds = KFold(FOLDS, shuffle=True, random_state=0)
    score = cross_val_score(estimator, data.data, data.target, cv=folds, scoring="r2").mean()
    target = Target(
        name="progression",
        description="a quantitative measure of disease progression one year after baseline",
        minimum=float(data.target.min()),
        maximum=float(data.target.max()),
    )
    card = Card(
        name="diabetes",
        description="Disease progression one year after baseline from ten measurements.",
        task="regression",
        signature=TableSignature(columns=_with_statistics(columns, data.data)),
        target=target,
        examples=_example_rows(columns, data.data),
        metrics={f"r2, mean of {FOLDS} folds": round(float(score), 4)},
    )
    estimator.fit(data.data, data.target)
    return pack_estimator(estimator, card, models, _arrays(columns, data.data))


def _pack_classifier(
    name: str, description: str, target: str, columns: Sequence[Column], data: Any, models: Path
) -> Path:
    estimator = make_pipeline(StandardScaler(), LogisticRegression())
    labels = data.target_names[data.target].astype(str)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    score = cross_val_score(estimator, data.data, labels, cv=folds, scoring="accuracy").mean()
    estimator.fit(data.data, labels)
    card = Card(
        name=name,
        description=description,
        task="classification",
        signature=TableSignature(columns=_with_statistics(columns, data.data)),
        target=Target(name=target, classes=tuple(estimator.classes_.tolist())),
        examples=_example_rows(columns, data.data),
        metrics={f"accuracy, mean of {FOLDS} folds": round(float(score), 4)},
    )
    return pack_estimator(estimator, card, models, _arrays(columns, data.data))


def _with_statistics(columns: Sequence[Column], matrix: NDArray[np.float64]) -> tuple[Column, ...]:
    """The columns with what training saw of each; a category has no range."""
    return tuple(
        column
        if column.categories
        else column.model_copy(
            update={
                "minimum": float(values.min()),
                "maximum": float(values.max()),
                "mean": round(float(values.mean()), 4),
            }
        )
        for column, values in zip(columns, matrix.T, strict=True)
    )


def _arrays(columns: Sequence[Column], matrix: NDArray[np.float64]) -> Arrays:
    """The data set as a reader would give it."""
    return {
        column.name: values.astype(NUMPY_TYPES[column.dtype]) for column, values in zip(columns, matrix.T, strict=True)
    }


def _example_rows(columns: Sequence[Column], matrix: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Rows spread over the data set, as a request says them."""
    chosen = matrix[np.linspace(0, len(matrix) - 1, EXAMPLE_ROWS).astype(int)]
    return [
        {
            column.name: int(value) if column.dtype == "int64" else value
            for column, value in zip(columns, row, strict=True)
        }
        for row in chosen.tolist()
    ]

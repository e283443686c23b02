"""A sample of mixed columns, and what people fit on such."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

INPUTS = ["age", "visits", "city", "size", "member"]


def people(count: int = 120, seed: int = 0) -> pd.DataFrame:
    """Five inputs, some missing; `left` (yes or no) and `spent` are what there is to predict."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, count).round(1),
            "visits": rng.integers(0, 9, count),
            "city": rng.choice(["Oslo", "Rome", "Paris"], count),
            "size": rng.choice(["s", "m", "l"], count),
            "member": rng.random(count) > 0.5,
        }
    )
    spent = frame["age"] + 3.5 * frame["visits"] + 10 * (frame["city"] == "Rome")
    frame.loc[::11, "age"] = np.nan
    frame.loc[::13, "city"] = np.nan
    return frame.assign(left=np.where(spent > 55, "yes", "no"), spent=spent)


def prepared(*steps):
    """Steps behind the usual preparation of these columns."""
    return make_pipeline(
        ColumnTransformer(
            [
                ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "visits"]),
                (
                    "choices",
                    make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
                    ["city"],
                ),
                ("sizes", OrdinalEncoder(categories=[["s", "m", "l"]]), ["size"]),
                ("flags", "passthrough", ["member"]),
            ]
        ),
        *steps,
    )

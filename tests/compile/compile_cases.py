"""What people have, as far as the compile is promised for it: estimators, what they are fitted on, what comes of it.

docs/compile.md holds the same table in words; `test_compile_docs.py` keeps the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from catboost import CatBoostClassifier
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

from app.runtimes.sklearn import Fitting
from app.signature import NUMPY_TYPES, Arrays, Column, TableSignature

ADOPTED, DISAGREES, CANNOT = "adopted", "disagrees", "cannot convert"
WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "isn't",
    "lazy",
    "don't",
    "café",
    "naïve",
    "ÉCOLE",
    "good",
    "bad",
    "awful",
    "great",
    "42",
    "e-mail",
    "can't",
    "stop",
    "a",
    "I",
]


class Halved(TransformerMixin, BaseEstimator):
    """A transformer of the user's own."""

    def fit(self, rows, y=None):
        self.fitted_ = True
        return self

    def transform(self, rows):
        return np.asarray(rows) / 2


@dataclass(frozen=True)
class Sample:
    """Rows to fit on and the signature they honour; `held_out` are others, with unknown categories and words."""

    fitting: Fitting
    signature: TableSignature
    rows: Any
    held_out: Arrays
    answers: dict[str, Any]

    @property
    def arrays(self) -> Arrays:
        return arrays_of(self.rows, self.signature)


@dataclass(frozen=True)
class Case:
    """`what` names it in the docs. `answer` is what it is fitted to, None where it is to nothing."""

    what: str
    sample: str
    answer: str | None
    build: Callable[[], Any]
    status: str = ADOPTED
    why: str = ""


def arrays_of(rows: Any, signature: TableSignature) -> Arrays:
    names = [column.name for column in signature.columns]
    if isinstance(rows, pd.DataFrame):
        kinds = {column.name: NUMPY_TYPES[column.dtype] for column in signature.columns}
        return {name: rows[name].astype(kinds[name]).to_numpy() for name in names}
    return dict(zip(names, rows.T if rows.ndim == 2 else [rows], strict=True))


def numbers(count: int, missing: float, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, 5)) * [1, 10, 0.1, 3, 1000] + [0, 50, 1, 0, 20000]
    rows[rng.random(rows.shape) < missing] = np.nan
    return rows


@cache
def sample_of_numbers(missing: float = 0, *, named: bool = False) -> Sample:
    whole = numbers(300, 0, seed=1)
    rows = np.where(np.isnan(numbers(300, missing, seed=1)), np.nan, whole)
    score = whole[:, 0] + (whole[:, 1] - 50) / 10 + np.random.default_rng(2).normal(size=300) / 2
    names = [f"x{place}" for place in range(5)]
    return Sample(
        fitting=Fitting(fitted_on="frame" if named else "matrix"),
        signature=TableSignature(columns=tuple(Column(name=name, nullable=True) for name in names)),
        rows=pd.DataFrame(rows, columns=names) if named else rows,
        held_out=dict(zip(names, numbers(600, missing, seed=3).T, strict=True)),
        answers=answers(score) | several(score, whole[:, 2]),
    )


def answers(score: Any) -> dict[str, Any]:
    return {
        "number": score,
        "amount": np.exp(score / 2),
        "yes or no": np.where(score > 0.2, "yes", "no"),
        "true or false": score > 0.2,
        "one of three": np.digitize(score, [-1, 1]),
    }


def several(score: Any, other: Any) -> dict[str, Any]:
    """Answers of two values each; of the labels one output has two and the other three."""
    labels = [score > 0.2, np.digitize(other, [0.9, 1.1])]
    return {
        "two numbers": np.column_stack([score, other]),
        "two labels": np.column_stack(labels).astype(int),
        "two texts": np.column_stack([np.array(["no", "yes"])[labels[0] * 1], np.array(["a", "b", "c"])[labels[1]]]),
    }


def people(count: int, seed: int, *, new: bool, town: str = "São Paulo") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, count),
            "income": rng.lognormal(10, 1, count),
            "visits": rng.integers(0, 20, count),
            "stars": rng.integers(0, 5, count) / 2,
            "city": rng.choice(["Oslo", "Paris", "Rome", town, *(["Lima"] if new else [])], count),
            "plan": rng.choice(["a", "b"], count),
            "member": rng.random(count) > 0.5,
        }
    )
    frame.loc[rng.random(count) < 0.1, "income"] = np.nan
    frame.loc[rng.random(count) < 0.1, "city"] = None
    return frame


@cache
def sample_of_people(categories: bool = False, town: str = "São Paulo") -> Sample:
    rows = people(400, 4, new=False, town=town)
    dtypes = {"age": "float64", "income": "float64", "visits": "int64", "stars": "float64", "member": "bool"}
    signature = TableSignature(
        columns=tuple(Column(name=name, dtype=dtypes.get(name, "string"), nullable=True) for name in rows)
    )
    score = (rows["age"] - 40) / 10 + rows["visits"] / 5 - 2 + (rows["city"] == "Rome") - (rows["plan"] == "a")
    held_out = arrays_of(people(600, 5, new=not categories, town=town), signature)
    fitting = Fitting(fitted_on="frame")
    if categories:
        own = {name: tuple(sorted(rows[name].dropna().unique())) for name in ("city", "plan")}
        rows = rows.assign(**{name: pd.Categorical(rows[name], categories=list(kinds)) for name, kinds in own.items()})
        fitting = Fitting(fitted_on="frame", categorical=own)
    return Sample(fitting, signature, rows, held_out, answers(score.to_numpy()) | several(score, rows["age"] / 40))


def texts(count: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    ends = ["", "!", "?", " ...", ", and", " UPPER Größe"]
    return np.array([" ".join(rng.choice(WORDS, rng.integers(1, 15))) + rng.choice(ends) for _ in range(count)], object)


@cache
def sample_of_texts() -> Sample:
    rows = texts(300, 6)
    held_out = texts(600, 7)
    held_out[:3] = ["", "zzz qqq", "ÉCOLE² ÑANDÚ"]
    return Sample(
        fitting=Fitting(fitted_on="texts"),
        signature=TableSignature(columns=(Column(name="text", dtype="string"),)),
        rows=rows,
        held_out={"text": held_out},
        answers={"yes or no": np.array(["yes" if "good" in text else "no" for text in rows])},
    )


SAMPLES = {
    "numbers": sample_of_numbers,
    "numbers, some missing": lambda: sample_of_numbers(0.2),
    "named columns, some missing": lambda: sample_of_numbers(0.2, named=True),
    "mixed columns": sample_of_people,
    "mixed columns, pandas categories": lambda: sample_of_people(True),
    "mixed columns, pandas categories in ASCII": lambda: sample_of_people(True, "Lagos"),
    "texts": sample_of_texts,
}
NUMBERS, MISSING, NAMED, MIXED, CATEGORIES, ASCII, TEXTS = SAMPLES


def scaled(*steps: Any) -> Any:
    return make_pipeline(StandardScaler(), *steps)


def mixed(estimator: Any, categories: Any = None, imputer: Any = None, remainder: str = "drop", of: Any = None) -> Any:
    """The pipeline that everybody has: numbers imputed and scaled, categories encoded."""
    numeric = make_pipeline(imputer or SimpleImputer(), StandardScaler())
    encoder = categories or OneHotEncoder(handle_unknown="ignore")
    columns = [
        ("numbers", numeric, ["age", "income", "visits"]),
        ("categories", encoder, of or ["city", "plan", "stars"]),
    ]
    return make_pipeline(ColumnTransformer(columns, remainder=remainder), estimator)


def words(estimator: Any, **options: Any) -> Any:
    return make_pipeline(TfidfVectorizer(**options), estimator)


TWO, THREE, NUMBER, AMOUNT = "yes or no", "one of three", "number", "amount"
FOREST = {"n_estimators": 20, "random_state": 0}
UNKNOWN = {"handle_unknown": "use_encoded_value", "unknown_value": -1}

LINEAR = [
    Case("LogisticRegression", NUMBERS, THREE, lambda: scaled(LogisticRegression())),
    Case("LogisticRegression of true and false", NUMBERS, "true or false", lambda: scaled(LogisticRegression())),
    Case(
        "GridSearchCV",
        NUMBERS,
        TWO,
        lambda: GridSearchCV(scaled(LogisticRegression()), {"logisticregression__C": [1, 2]}, cv=2),
    ),
    Case("SGDClassifier", NUMBERS, TWO, lambda: scaled(SGDClassifier(loss="log_loss", random_state=0))),
    Case("LinearSVC", NUMBERS, THREE, lambda: scaled(LinearSVC())),
    Case("RidgeClassifier", NUMBERS, TWO, RidgeClassifier),
    Case("LinearDiscriminantAnalysis", NUMBERS, THREE, LinearDiscriminantAnalysis),
    Case("QuadraticDiscriminantAnalysis", NUMBERS, THREE, QuadraticDiscriminantAnalysis),
    Case("GaussianNB", NUMBERS, THREE, GaussianNB),
    Case("LinearRegression", NUMBERS, NUMBER, LinearRegression),
    Case("LinearRegression of several numbers", NUMBERS, "two numbers", LinearRegression),
    Case("Ridge", NUMBERS, NUMBER, Ridge),
    Case("Lasso", NUMBERS, NUMBER, lambda: Lasso(0.1)),
    Case("ElasticNet", NUMBERS, NUMBER, lambda: ElasticNet(0.1)),
    Case("PoissonRegressor", NUMBERS, AMOUNT, lambda: scaled(PoissonRegressor())),
]
TREES = [
    Case("DecisionTreeClassifier", NUMBERS, THREE, lambda: scaled(DecisionTreeClassifier(random_state=0))),
    Case("RandomForestClassifier", NUMBERS, TWO, lambda: scaled(RandomForestClassifier(**FOREST))),
    Case("RandomForestClassifier", MISSING, THREE, lambda: RandomForestClassifier(**FOREST)),
    Case("RandomForestRegressor", MISSING, NUMBER, lambda: RandomForestRegressor(**FOREST)),
    Case("RandomForestRegressor of several numbers", NUMBERS, "two numbers", lambda: RandomForestRegressor(**FOREST)),
    Case("RandomForestClassifier of several labels", NUMBERS, "two texts", lambda: RandomForestClassifier(**FOREST)),
    Case(
        "DecisionTreeClassifier of several labels", NUMBERS, "two labels", lambda: DecisionTreeClassifier(max_depth=3)
    ),
    Case("ExtraTreesClassifier", NUMBERS, THREE, lambda: scaled(ExtraTreesClassifier(**FOREST))),
    Case("GradientBoostingClassifier", NUMBERS, THREE, lambda: scaled(GradientBoostingClassifier(**FOREST))),
    Case("GradientBoostingRegressor", NUMBERS, NUMBER, lambda: GradientBoostingRegressor(**FOREST)),
    Case("HistGradientBoostingClassifier", MISSING, THREE, lambda: HistGradientBoostingClassifier(max_iter=20)),
    Case("HistGradientBoostingRegressor", MISSING, NUMBER, lambda: HistGradientBoostingRegressor(max_iter=20)),
    Case(
        "HistGradientBoostingRegressor, Poisson loss",
        NUMBERS,
        AMOUNT,
        lambda: HistGradientBoostingRegressor(loss="poisson", max_iter=20),
    ),
    Case(
        "HistGradientBoostingClassifier",
        MIXED,
        TWO,
        lambda: HistGradientBoostingClassifier(max_iter=20, categorical_features=["city", "plan", "stars"]),
    ),
    Case(
        "HistGradientBoostingClassifier, stopping early",
        CATEGORIES,
        TWO,
        lambda: HistGradientBoostingClassifier(max_iter=20, early_stopping=True, random_state=0),
    ),
    Case("HistGradientBoostingRegressor", CATEGORIES, NUMBER, lambda: HistGradientBoostingRegressor(max_iter=20)),
    Case("AdaBoostClassifier", NUMBERS, THREE, lambda: AdaBoostClassifier(n_estimators=5, random_state=0)),
    Case("XGBClassifier", MISSING, THREE, lambda: xgboost.XGBClassifier(n_estimators=10)),
    Case("XGBRegressor", MISSING, NUMBER, lambda: xgboost.XGBRegressor(n_estimators=10)),
    Case("LGBMClassifier", MISSING, TWO, lambda: lightgbm.LGBMClassifier(n_estimators=10, verbose=-1)),
    Case("LGBMRegressor", MISSING, NUMBER, lambda: lightgbm.LGBMRegressor(n_estimators=10, verbose=-1)),
    Case("XGBClassifier", NAMED, THREE, lambda: xgboost.XGBClassifier(n_estimators=10)),
    Case("XGBRegressor", NAMED, NUMBER, lambda: xgboost.XGBRegressor(n_estimators=10)),
    Case("XGBClassifier", ASCII, THREE, lambda: xgboost.XGBClassifier(n_estimators=10, enable_categorical=True)),
    Case(
        "XGBRegressor, sets of categories",
        ASCII,
        NUMBER,
        lambda: xgboost.XGBRegressor(n_estimators=10, enable_categorical=True, max_cat_to_onehot=1),
    ),
    Case(
        "XGBRegressor",
        CATEGORIES,
        NUMBER,
        lambda: xgboost.XGBRegressor(n_estimators=10, enable_categorical=True),
        CANNOT,
        "XGBoost 3.2 cuts categories off that are not ASCII",
    ),
    Case("LGBMClassifier", CATEGORIES, TWO, lambda: lightgbm.LGBMClassifier(n_estimators=10, verbose=-1)),
    Case(
        "LGBMRegressor, sets of categories",
        CATEGORIES,
        NUMBER,
        lambda: lightgbm.LGBMRegressor(
            n_estimators=10,
            verbose=-1,
            max_cat_to_onehot=1,
            min_data_per_group=1,
            min_data_in_leaf=2,
            cat_smooth=1,
            cat_l2=0,
        ),
    ),
    Case(
        "CatBoostClassifier",
        NUMBERS,
        TWO,
        lambda: CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False),
        CANNOT,
        "there is no converter",
    ),
]
OTHERS = [
    Case("SVC", NUMBERS, THREE, lambda: scaled(SVC())),
    Case("NuSVC", NUMBERS, TWO, lambda: scaled(NuSVC())),
    Case("SVR", NUMBERS, NUMBER, lambda: scaled(SVR())),
    Case("KNeighborsClassifier", NUMBERS, THREE, lambda: scaled(KNeighborsClassifier())),
    Case("KNeighborsRegressor", NUMBERS, NUMBER, lambda: scaled(KNeighborsRegressor())),
    Case(
        "KNeighborsClassifier weighted by distance",
        NUMBERS,
        TWO,
        lambda: scaled(KNeighborsClassifier(weights="distance")),
        DISAGREES,
        "skl2onnx 1.20 leaves the weights out",
    ),
    Case("MLPClassifier", NUMBERS, THREE, lambda: scaled(MLPClassifier(max_iter=20, random_state=0))),
    Case("MLPRegressor", NUMBERS, NUMBER, lambda: scaled(MLPRegressor(max_iter=20, random_state=0))),
    Case("GaussianProcessRegressor", NUMBERS, NUMBER, lambda: scaled(GaussianProcessRegressor(alpha=0.1))),
    Case("KMeans", NUMBERS, None, lambda: scaled(KMeans(3, n_init=2, random_state=0))),
    Case("MiniBatchKMeans", NUMBERS, None, lambda: scaled(MiniBatchKMeans(3, n_init=2, random_state=0))),
    Case("IsolationForest", NUMBERS, None, lambda: IsolationForest(n_estimators=20, random_state=0)),
    Case("OneClassSVM", NUMBERS, None, lambda: scaled(OneClassSVM())),
    Case("LocalOutlierFactor", NUMBERS, None, lambda: scaled(LocalOutlierFactor(novelty=True))),
    Case("PCA", NUMBERS, None, lambda: scaled(PCA(3))),
    Case("TruncatedSVD", NUMBERS, None, lambda: TruncatedSVD(3, random_state=0)),
]
ENSEMBLES = [
    Case(
        "VotingClassifier, soft",
        NUMBERS,
        TWO,
        lambda: VotingClassifier([("a", scaled(LogisticRegression())), ("b", GaussianNB())], voting="soft"),
    ),
    Case(
        "VotingClassifier, hard",
        NUMBERS,
        TWO,
        lambda: VotingClassifier([("a", scaled(LogisticRegression())), ("b", GaussianNB())]),
    ),
    Case(
        "VotingRegressor",
        NUMBERS,
        NUMBER,
        lambda: VotingRegressor([("a", Ridge()), ("b", RandomForestRegressor(**FOREST))]),
    ),
    Case(
        "StackingClassifier",
        MIXED,
        TWO,
        lambda: StackingClassifier(
            [("a", mixed(LogisticRegression())), ("b", mixed(RandomForestClassifier(**FOREST)))], cv=2
        ),
    ),
    Case(
        "StackingRegressor",
        NUMBERS,
        NUMBER,
        lambda: StackingRegressor([("a", Ridge()), ("b", RandomForestRegressor(**FOREST))], cv=2),
    ),
    Case(
        "BaggingClassifier", NUMBERS, THREE, lambda: BaggingClassifier(scaled(LogisticRegression()), 5, random_state=0)
    ),
    Case("MultiOutputClassifier", NUMBERS, "two texts", lambda: MultiOutputClassifier(scaled(LogisticRegression()))),
    Case("MultiOutputClassifier", MIXED, "two texts", lambda: MultiOutputClassifier(mixed(LinearSVC()))),
    Case("MultiOutputRegressor", NUMBERS, "two numbers", lambda: MultiOutputRegressor(scaled(Ridge()))),
    Case(
        "ClassifierChain",
        NUMBERS,
        "two labels",
        lambda: ClassifierChain(scaled(LogisticRegression())),
        CANNOT,
        "there is no converter",
    ),
    Case("CalibratedClassifierCV, sigmoid", NUMBERS, TWO, lambda: CalibratedClassifierCV(scaled(LinearSVC()), cv=2)),
    Case("CalibratedClassifierCV, sigmoid", MIXED, TWO, lambda: CalibratedClassifierCV(mixed(LinearSVC()), cv=2)),
    Case(
        "CalibratedClassifierCV, isotonic",
        NUMBERS,
        TWO,
        lambda: CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=2),
        DISAGREES,
        "skl2onnx 1.20 takes the nearest point where scikit-learn interpolates",
    ),
]
PREPROCESSING = [
    Case("MinMaxScaler", NUMBERS, TWO, lambda: make_pipeline(MinMaxScaler(), LogisticRegression())),
    Case("RobustScaler", NUMBERS, TWO, lambda: make_pipeline(RobustScaler(), LogisticRegression())),
    Case("Normalizer", NUMBERS, TWO, lambda: make_pipeline(Normalizer(), LogisticRegression())),
    Case(
        "QuantileTransformer",
        NUMBERS,
        TWO,
        lambda: make_pipeline(QuantileTransformer(n_quantiles=20), LogisticRegression()),
    ),
    Case("PowerTransformer", NUMBERS, TWO, lambda: make_pipeline(PowerTransformer(), LogisticRegression())),
    Case(
        "PowerTransformer, Box-Cox",
        NUMBERS,
        TWO,
        lambda: make_pipeline(
            MinMaxScaler((1, 2), clip=True), PowerTransformer("box-cox", standardize=False), LogisticRegression()
        ),
    ),
    Case("PolynomialFeatures", NUMBERS, NUMBER, lambda: scaled(PolynomialFeatures(2), Ridge())),
    Case(
        "KBinsDiscretizer",
        NUMBERS,
        TWO,
        lambda: make_pipeline(KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf"), LogisticRegression()),
    ),
    Case("PCA before another", NUMBERS, TWO, lambda: scaled(PCA(3), LogisticRegression())),
    Case(
        "SimpleImputer, mean",
        MISSING,
        TWO,
        lambda: make_pipeline(SimpleImputer(), StandardScaler(), RandomForestClassifier(**FOREST)),
    ),
    Case(
        "SimpleImputer with indicators",
        MISSING,
        TWO,
        lambda: make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), LogisticRegression()
        ),
    ),
    Case(
        "KNNImputer after a scaler",
        MISSING,
        TWO,
        lambda: make_pipeline(StandardScaler(), KNNImputer(), LogisticRegression()),
    ),
    Case(
        "KNNImputer of columns of different sizes",
        MISSING,
        TWO,
        lambda: make_pipeline(KNNImputer(), StandardScaler(), LogisticRegression()),
        DISAGREES,
        "float32, all that skl2onnx 1.20 has, finds other neighbours",
    ),
    Case(
        "FunctionTransformer",
        NUMBERS,
        TWO,
        lambda: make_pipeline(FunctionTransformer(np.tanh), LogisticRegression()),
        CANNOT,
        "a function in Python has no counterpart",
    ),
    Case(
        "a transformer of one's own",
        NUMBERS,
        TWO,
        lambda: make_pipeline(Halved(), StandardScaler(), LogisticRegression()),
        CANNOT,
        "there is no converter",
    ),
    Case(
        "TransformedTargetRegressor",
        NUMBERS,
        AMOUNT,
        lambda: TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp),
        CANNOT,
        "there is no converter",
    ),
]
COLUMNS = [
    Case("ColumnTransformer and LogisticRegression", MIXED, TWO, lambda: mixed(LogisticRegression())),
    Case(
        "ColumnTransformer and RandomForestClassifier",
        MIXED,
        TWO,
        lambda: mixed(RandomForestClassifier(**FOREST), remainder="passthrough"),
    ),
    Case(
        "ColumnTransformer and GradientBoostingClassifier",
        MIXED,
        TWO,
        lambda: mixed(GradientBoostingClassifier(**FOREST)),
    ),
    Case("ColumnTransformer and SVC", MIXED, TWO, lambda: mixed(SVC())),
    Case("ColumnTransformer and KNeighborsClassifier", MIXED, TWO, lambda: mixed(KNeighborsClassifier())),
    Case(
        "ColumnTransformer and LGBMClassifier",
        MIXED,
        TWO,
        lambda: mixed(lightgbm.LGBMClassifier(n_estimators=10, verbose=-1)),
    ),
    Case("ColumnTransformer and XGBRegressor", MIXED, NUMBER, lambda: mixed(xgboost.XGBRegressor(n_estimators=10))),
    Case(
        "OneHotEncoder, infrequent categories",
        MIXED,
        TWO,
        lambda: mixed(LogisticRegression(), OneHotEncoder(min_frequency=60, handle_unknown="infrequent_if_exist")),
    ),
    Case(
        "OneHotEncoder, first dropped",
        MIXED,
        TWO,
        lambda: mixed(LogisticRegression(), OneHotEncoder(drop="first", handle_unknown="ignore")),
    ),
    Case(
        "OneHotEncoder, binary dropped",
        MIXED,
        TWO,
        lambda: mixed(LogisticRegression(), OneHotEncoder(drop="if_binary", max_categories=3, handle_unknown="ignore")),
    ),
    Case(
        "OrdinalEncoder",
        MIXED,
        TWO,
        lambda: mixed(RandomForestClassifier(**FOREST), OrdinalEncoder(**UNKNOWN, encoded_missing_value=-2)),
    ),
    Case(
        "OrdinalEncoder, unknown and missing as NaN",
        MIXED,
        TWO,
        lambda: mixed(
            HistGradientBoostingClassifier(max_iter=20),
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
        ),
    ),
    Case(
        "OrdinalEncoder, infrequent categories",
        MIXED,
        TWO,
        lambda: mixed(LogisticRegression(), OrdinalEncoder(**UNKNOWN, max_categories=3, encoded_missing_value=-2)),
    ),
    Case("TargetEncoder", MIXED, THREE, lambda: mixed(LogisticRegression(), TargetEncoder(random_state=0))),
    Case(
        "SimpleImputer of texts, most frequent",
        MIXED,
        TWO,
        lambda: mixed(
            LogisticRegression(),
            make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
            of=["city", "plan"],
        ),
    ),
    Case(
        "SimpleImputer of texts, constant",
        MIXED,
        TWO,
        lambda: mixed(
            LogisticRegression(),
            make_pipeline(SimpleImputer(strategy="constant", fill_value="?"), OneHotEncoder(handle_unknown="ignore")),
            of=["city", "plan"],
        ),
    ),
    Case(
        "PowerTransformer",
        MIXED,
        TWO,
        lambda: mixed(LogisticRegression(), imputer=make_pipeline(SimpleImputer(), PowerTransformer())),
    ),
    Case(
        "FeatureUnion",
        MIXED,
        TWO,
        lambda: make_pipeline(
            FeatureUnion([("a", mixed(StandardScaler())), ("b", mixed(PCA(2)))]), LogisticRegression()
        ),
    ),
]
VECTORIZERS = [
    Case("TfidfVectorizer and LogisticRegression", TEXTS, TWO, lambda: words(LogisticRegression())),
    Case(
        "TfidfVectorizer, pairs of words, sublinear",
        TEXTS,
        TWO,
        lambda: words(LogisticRegression(), ngram_range=(1, 2), sublinear_tf=True),
    ),
    Case(
        "TfidfVectorizer, English stop words, and LinearSVC",
        TEXTS,
        TWO,
        lambda: words(LinearSVC(), stop_words="english", min_df=2),
    ),
    Case(
        "TfidfVectorizer of characters",
        TEXTS,
        TWO,
        lambda: words(LogisticRegression(), analyzer="char", ngram_range=(2, 3)),
    ),
    Case(
        "TfidfVectorizer and TruncatedSVD",
        TEXTS,
        TWO,
        lambda: words(make_pipeline(TruncatedSVD(5, random_state=0), LogisticRegression())),
    ),
    Case("CountVectorizer and MultinomialNB", TEXTS, TWO, lambda: make_pipeline(CountVectorizer(), MultinomialNB())),
    Case(
        "CountVectorizer, case kept, present or not",
        TEXTS,
        TWO,
        lambda: make_pipeline(CountVectorizer(lowercase=False, binary=True), LogisticRegression()),
    ),
    Case(
        "TfidfVectorizer, pairs of words without stop words",
        TEXTS,
        TWO,
        lambda: words(LogisticRegression(), ngram_range=(1, 2), stop_words="english"),
        DISAGREES,
        "ONNX pairs words before it could drop any",
    ),
    Case(
        "TfidfVectorizer of characters within words",
        TEXTS,
        TWO,
        lambda: words(LogisticRegression(), analyzer="char_wb"),
        CANNOT,
        "skl2onnx 1.20 does not know it",
    ),
    Case(
        "TfidfVectorizer without accents",
        TEXTS,
        TWO,
        lambda: words(LogisticRegression(), strip_accents="unicode"),
        CANNOT,
        "ONNX cannot strip accents",
    ),
    Case(
        "HashingVectorizer",
        TEXTS,
        TWO,
        lambda: make_pipeline(HashingVectorizer(n_features=64), LogisticRegression()),
        CANNOT,
        "there is no converter",
    ),
]
GROUPS = {
    "Linear models and naive Bayes": LINEAR,
    "Trees and forests": TREES,
    "Support vectors, neighbours, networks, clusters, outliers, decompositions": OTHERS,
    "Ensembles of other models": ENSEMBLES,
    "Preprocessing of numbers": PREPROCESSING,
    "Tables of numbers and texts": COLUMNS,
    "Texts": VECTORIZERS,
}
CASES = [case for group in GROUPS.values() for case in group]

"""A compiled vectorizer cuts texts where Python does, and lowers them as Python does."""

import re
import unicodedata

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from app.compile.estimator import compile_estimator
from app.compile.texts import WORDS
from app.compile_report import Timing
from app.runtimes.sklearn import Fitting, SklearnRuntime
from app.signature import Column, TableSignature, Target

SIGNATURE = TableSignature(columns=(Column(name="text", dtype="string"),))
# Latin, Greek, Cyrillic, Arabic, Hebrew, the scripts of India, digits and signs, without the two capitals of which
# docs/compile.md says that Python lowers them in another way: a dotted I, and a sigma that may end a word.
EXCEPT = {"\u0130", "\u03a3"}
LETTERS = [
    letter for letter in map(chr, range(1, 0x3000)) if unicodedata.category(letter) != "Cn" and letter not in EXCEPT
]


@pytest.mark.parametrize("pattern", WORDS)
def test_every_letter_counts_as_python_counts_it(pattern):
    texts = np.array([f"xx{letter}yy {letter}{letter}" for letter in LETTERS], object)
    # What no letter stands between, and each capital's lower case.
    capitals = {2 * letter.lower() for letter in LETTERS if re.match(r"\w", letter) and letter.lower() != letter}
    words = ("xx", "yy", *sorted(capitals - {"xx", "yy"}))
    vectorizer = CountVectorizer(token_pattern=pattern, vocabulary=words)
    target = Target(name="counts", outputs=words)
    original = SklearnRuntime(vectorizer, SIGNATURE, target, Fitting(fitted_on="texts", method="transform"))
    report = compile_estimator(
        vectorizer,
        "texts",
        original,
        SIGNATURE,
        target,
        {"text": texts},
        measure=lambda original, compiled, arrays: Timing(original_us=2, compiled_us=1),
    ).report
    assert (report.status, report.rows) == ("adopted", len(texts)), report
    assert len(capitals) > 500

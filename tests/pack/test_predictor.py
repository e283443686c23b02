"""Any other framework's model behind its owner's predictor.py."""

import json

import numpy as np
import pandas as pd
import pytest

ROWS = pd.DataFrame({"a": [1.0, 2.0, -3.0, 4.0], "word": ["x", "y", "x", "y"]})
HEAD = """
import json
import numpy as np

class Predictor:
    def load(self, path):
        self.weight = json.loads(path.read_text())["weight"]

    def predict(self, inputs):
        scores = inputs["a"] * self.weight
"""


def source(*lines):
    return HEAD + "".join(f"        {line}\n" for line in lines)


@pytest.fixture
def packed(pack, tmp_path):
    """Pack a predictor of these lines, around a model of a weight of 2."""

    def run(text, sample=ROWS, **flags):
        (tmp_path / "weights.json").write_text(json.dumps({"weight": 2}))
        (tmp_path / "predictor.py").write_text(text)
        return pack(tmp_path / "weights.json", sample, predictor=tmp_path / "predictor.py", **flags)

    return run


def test_numbers_are_a_regression_with_metrics_signature_and_golden_rows(packed):
    found = packed(source("return scores"), ROWS.assign(y=[2.0, 4.0, -6.0, 8.0]), target="y")
    manifest = found.manifest
    assert (manifest.task, manifest.runtime, manifest.artifact) == ("regression", "predictor", "weights.json")
    assert manifest.metrics["r2 on the sample"] == 1
    assert [column.name for column in manifest.signature.columns] == ["a", "word"]
    assert found.bundle.golden()["outputs"]["predictions"] == [2, 4, -6, 8]
    assert found.answer([{"a": 10.0, "word": "z"}]) == [20]
    assert set(manifest.files) == {"code/predictor.py", "weights.json", "golden.json"}


CLASSIFIER = source("yes = 1 / (1 + np.exp(-scores))", "names = np.array(['no', 'yes'])") + (
    "        return names[(yes > 0.5).astype(int)], np.column_stack([1 - yes, yes])\n"
)


def test_labels_and_probabilities_are_a_classification(packed, tmp_path):
    (tmp_path / "labels.txt").write_text("no\nyes\n")
    found = packed(CLASSIFIER, labels=tmp_path / "labels.txt")
    assert (found.manifest.task, found.manifest.target.classes) == ("classification", ("no", "yes"))
    model = found.model
    outputs = model.runtime.predict(model.reader.rows([{"a": -1.0, "word": "x"}]))
    assert outputs.predictions.tolist() == ["no"]
    np.testing.assert_allclose(outputs.probabilities.sum(), 1)
    none = model.runtime.predict(model.reader.rows([]))
    assert (len(none.predictions), none.probabilities.shape) == (0, (0, 2))


def test_several_values_a_row_are_several_outputs(packed):
    found = packed(source("return np.column_stack([scores, -scores])"))
    assert found.manifest.target.outputs == ("y0", "y1")
    assert found.answer([{"a": 1.0, "word": "x"}])[0].tolist() == [2, -2]


def test_texts_reach_the_predictor_as_texts(packed):
    found = packed(source("return np.array([len(word) for word in inputs['word']], float)"))
    assert found.answer([{"a": 0.0, "word": "three"}]) == [5]


def test_its_own_modules_come_with_it(packed, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "helper.py").write_text("def double(values):\n    return values * 2\n")
    text = "from shared.helper import double\n" + source("return double(scores)")
    assert packed(text, code=tmp_path / "shared").answer([{"a": 1.0, "word": "x"}]) == [4]
    alone = packed(text)
    assert alone.status == 2
    assert "ModuleNotFoundError: No module named 'shared'" in alone.complaint


BAD = {
    "raises": (source("return 1 / 0"), "the predictor fails on the sample: ZeroDivisionError: division by zero "),
    "raises where": (source("return 1 / 0"), "(predictor.py, line 11)"),
    "too few rows": (source("return scores[:2]"), "the predictor's predictions have the shape [2]; [4] is promised"),
    "no rows": (source("return 3.0"), "the predictor's predictions have the shape []; [4] is promised"),
    "another class": ("class Guesser:\n    pass\n", "predictor.py has no class 'Predictor'"),
    "no class at all": ("", "predictor.py has no class 'Predictor'"),
    "one method": (
        "class Predictor:\n    def load(self, path): pass\n",
        "predictor.py has a Predictor without the method 'predict'",
    ),
    "cannot load": (HEAD.replace('weight"]', 'wait"]') + "        return scores\n", "KeyError: 'wait'"),
    "does not compile": ("class Predictor\n", "SyntaxError: expected ':'"),
    "nameless probabilities": (CLASSIFIER, "name its classes, in their order, with --labels"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_predictor_that_does_not_keep_to_its_promise_is_refused(packed, what):
    text, sentence = BAD[what]
    found = packed(text)
    assert found.status == 2
    assert sentence in found.complaint
    assert not found.models.exists()


def test_probabilities_of_another_number_than_the_classes_are_refused(packed, tmp_path):
    (tmp_path / "labels.txt").write_text("no\nyes\nperhaps\n")
    found = packed(CLASSIFIER, labels=tmp_path / "labels.txt")
    assert found.status == 2
    assert "the predictor's probabilities have the shape [4, 2]; [4, 3] is promised" in found.complaint


def test_a_predictor_that_answers_otherwise_each_time_is_refused(packed):
    text = HEAD.replace("import json\n", "import json\nfrom itertools import count\nCOUNT = count()\n") + (
        "        return scores + next(COUNT)\n"
    )
    found = packed(text)
    assert found.status == 2
    assert "the golden rows are not reproduced" in found.complaint


def test_a_model_with_the_name_of_a_bundles_own_file_is_refused(pack, tmp_path):
    (tmp_path / "golden.json").write_text("{}")
    (tmp_path / "predictor.py").write_text(source("return scores"))
    found = pack(tmp_path / "golden.json", ROWS, predictor=tmp_path / "predictor.py")
    assert found.status == 2
    assert "a bundle has a golden.json of its own" in found.complaint

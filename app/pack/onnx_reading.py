"""What an ONNX model's outputs mean, told from what it answered to the sample."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from app.errors import PackError
from app.pack.target import output_names
from app.runtimes.onnx_tables import Answer
from app.signature import Scalar, Task

# label: one text, whole number or truth a row. number: one float. scores: several floats. maps: class -> probability.
Kind = Literal["label", "number", "scores", "maps"]
TASKS: tuple[Task, ...] = ("classification", "regression", "clustering", "transform", "outlier detection")
# How far the sum of a row of probabilities in float16 may be from 1.
SUM_TOLERANCE = 1e-2
# How far a probability in float32 may stray beyond 0 or 1, where trees add it up.
ONE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Said:
    """What the model's owner says of it: what it does, the classes' names, the sample's target columns."""

    task: Task | None = None
    classes: tuple[Scalar, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How the outputs are read; `options` are the runtime's, `what` says it in words."""

    task: Task
    what: str
    options: Mapping[str, Any]
    classes: tuple[Scalar, ...] | None = None
    outputs: tuple[str, ...] | None = None


@dataclass(frozen=True)
class _Outputs:
    """The outputs by kind, and their answers to `rows` rows."""

    answers: Mapping[str, Answer]
    rows: int
    by_kind: Mapping[Kind, list[str]] = field(default_factory=dict)

    def only(self, **counts: int) -> bool:
        """Whether there are so many outputs of each kind, and of other kinds none."""
        return {kind: len(names) for kind, names in self.by_kind.items()} == counts

    def matrix(self, name: str) -> NDArray[Any]:
        return np.asarray(self.answers[name]).reshape(self.rows, -1)


def tell(answers: Mapping[str, Answer], rows: int, said: Said) -> Reading:
    """Tell labels, probabilities and numbers apart. Raises PackError where that is not possible."""
    if said.task not in (None, *TASKS):
        raise PackError(f"a model of rows does no {said.task}; accepted: {', '.join(TASKS)}")
    by_kind: dict[Kind, list[str]] = {}
    for name, answer in answers.items():
        by_kind.setdefault(_kind(name, answer, rows), []).append(name)
    found = _Outputs(answers, rows, by_kind)
    if found.only(maps=1) or found.only(label=1, maps=1):
        return _of_maps(found, said)
    if found.only(scores=1):
        return _of_scores(found, said)
    if found.only(label=1, scores=1) and _sums_to_one(found.matrix(by_kind["scores"][0])):
        return _of_labels_and_probabilities(found, said)
    if found.only(label=1) or found.only(label=1, scores=1) or found.only(label=1, number=1):
        return _of_labels(found, said)
    if found.only(number=1):
        return _of_one_number(found, said)
    if found.only(number=len(answers)):
        return Reading(
            said.task or "regression", "a number in each output", {"predictions": tuple(answers)}, None, tuple(answers)
        )
    if found.only(label=len(answers)):
        return Reading(
            said.task or "classification",
            "a label in each output",
            {"predictions": tuple(answers)},
            None,
            tuple(answers),
        )
    raise PackError(f"which of its {len(answers)} outputs are the answer cannot be told")


def _kind(name: str, answer: Answer, rows: int) -> Kind:
    if isinstance(answer, list) and answer and isinstance(answer[0], dict):
        return "maps"
    values = np.asarray(answer)
    if not values.ndim or len(values) != rows:
        raise PackError(f"its output {name!r} has the shape {list(values.shape)} for {rows} rows, not one entry a row")
    is_float, is_single = values.dtype.kind == "f", values.size == rows
    if not is_float and not is_single:
        raise PackError(f"its output {name!r} has {values.size // rows} labels a row; one is accepted")
    if is_float:
        return "number" if is_single else "scores"
    return "label"


def _of_maps(found: _Outputs, said: Said) -> Reading:
    name = found.by_kind["maps"][0]
    own = tuple(found.answers[name][0])
    options = {"probabilities": name, "own_classes": own, "predictions": tuple(found.by_kind.get("label", ()))}
    return Reading("classification", "labels and probabilities", options, _named(own, said.classes))


def _of_scores(found: _Outputs, said: Said) -> Reading:
    (name,) = found.answers
    scores = found.matrix(name)
    count = scores.shape[1]
    if said.task in ("regression", "transform") or (said.task is None and len(said.targets) == count):
        outputs = output_names(said.targets, count)
        return Reading(said.task or "regression", f"{count} numbers", {"predictions": (name,)}, None, outputs)
    is_probability = _sums_to_one(scores)
    if not is_probability and said.task is None and not said.classes:
        raise PackError(
            f"its output {name!r} has {count} numbers a row that do not sum to 1: say --task classification where they "
            "are the logits of classes (or name these with --labels), --task regression where each is an answer"
        )
    _only_tasks(said, "classification")
    options = {"probabilities": name, "softmax": not is_probability}
    what = "probabilities" if is_probability else "logits"
    return Reading("classification", what, options, _named(tuple(range(count)), said.classes))


def _of_labels_and_probabilities(found: _Outputs, said: Said) -> Reading:
    _only_tasks(said, "classification")
    (label,), (scores,) = found.by_kind["label"], found.by_kind["scores"]
    own = _own_classes(found.matrix(label)[:, 0].tolist(), found.matrix(scores), said.classes)
    options = {"predictions": (label,), "probabilities": scores, "own_classes": own}
    return Reading("classification", "labels and probabilities", options, _named(own, said.classes))


def _of_labels(found: _Outputs, said: Said) -> Reading:
    """Labels alone; distances or decision values beside them are no probabilities."""
    (name,) = found.by_kind["label"]
    labels = found.matrix(name)[:, 0].tolist()
    is_text = isinstance(labels[0], str)
    if said.task is None and not is_text and not said.classes and not said.targets:
        raise PackError(
            f"its output {name!r} has whole numbers and no probabilities: say --task classification, clustering, "
            "outlier detection or regression"
        )
    task = said.task or "classification"
    options: dict[str, Any] = {"predictions": (name,)}
    if task != "classification" or not said.classes:
        return Reading(task, "labels", options)
    own = said.classes if is_text else tuple(range(len(said.classes)))
    strange = set(labels) - set(own)
    if strange:
        raise PackError(f"it answers {min(strange)!r}, which has no name among {', '.join(map(str, said.classes))}")
    return Reading(task, "labels", {**options, "own_classes": own}, said.classes)


def _of_one_number(found: _Outputs, said: Said) -> Reading:
    (name,) = found.answers
    if said.task != "classification" and (said.task or not said.classes):
        return Reading(said.task or "regression", "a number", {"predictions": (name,)})
    values = found.matrix(name).astype(np.float64)
    if not ((values >= -ONE_TOLERANCE) & (values <= 1 + ONE_TOLERANCE)).all():
        raise PackError(
            f"its output {name!r} has numbers from {values.min():.6g} to {values.max():.6g}, and the probability of "
            "the second of two classes is from 0 to 1: end the graph with a Sigmoid where they are logits, or say "
            "--task regression where each is an answer"
        )
    classes = _named((0, 1), said.classes)
    return Reading("classification", "the probability of the second class", {"probabilities": name}, classes)


def _named(own: tuple[Scalar, ...], names: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    if names and len(names) != len(own):
        raise PackError(f"it tells {len(own)} classes apart, and {len(names)} have names")
    return names or own


def _own_classes(
    labels: Sequence[Scalar], probabilities: NDArray[Any], names: tuple[Scalar, ...]
) -> tuple[Scalar, ...]:
    """What the graph itself calls each column of the probabilities: the label of most rows where it is the largest."""
    likeliest = probabilities.argmax(axis=1).tolist()
    pairs = Counter(zip(likeliest, labels, strict=True))
    own = {place: label for (place, label), _ in reversed(pairs.most_common())}
    count = probabilities.shape[1]
    for guess in (names, tuple(range(count))):
        if len(guess) == count and all(guess[place] == label for place, label in own.items()):
            return guess
    missing = [place for place in range(count) if place not in own]
    if missing or len(set(own.values())) < count:
        raise PackError(
            f"which label each of its {count} probabilities belongs to cannot be told from the sample: name them in "
            "their order with --labels, or give a sample with rows of every class"
        )
    return tuple(own[place] for place in range(count))


def _only_tasks(said: Said, task: Task) -> None:
    if said.task not in (None, task):
        raise PackError(f"its outputs are those of a {task}, and not of the {said.task} that was said")


def _sums_to_one(rows: NDArray[Any]) -> bool:
    values = rows.astype(np.float64)
    return bool((values >= 0).all() and np.allclose(values.sum(axis=1), 1, atol=SUM_TOLERANCE))

"""What a shadow version would have answered, held against what was answered."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from app.engine.golden import agree, plain
from app.engine.model import Model
from app.engine.predict import Asked
from app.predictions import Instances, Outputs
from app.repository.disagreements import Disagreements
from app.signature import Arrays, TableSignature

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One row that the two versions answer differently. The row itself is not kept: it may be personal."""

    row: int
    answer: Any
    shadow_answer: Any


class Shadowing:
    """Shows shadows what others have answered, and keeps what they disagree with."""

    def __init__(self, kept: Disagreements) -> None:
        self._kept = kept

    def show(self, asked: Asked, shadow: Model, request_id: str | None) -> Mapping[str, int]:
        """How many rows of a prediction the shadow agreed or disagreed with, or failed on. Never raises."""
        about = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": request_id,
            "version": asked.model.version,
            "shadow": shadow.version,
        }
        rows = len(asked.outputs.predictions)
        try:
            found = disagreements(asked, shadow)
        except Exception as error:  # a foreign model can raise anything
            reason = f"{type(error).__name__}: {error}"
            log.warning("the shadow %s/%s failed on a request: %s", shadow.name, shadow.version, reason)
            self._keep(shadow.name, [{**about, "failed": reason}])
            return {"failed": rows}
        self._keep(shadow.name, [{**about, **asdict(each)} for each in found])
        return {"disagreed": len(found), "agreed": rows - len(found)}

    def last(self, name: str) -> list[Any]:
        """The last disagreements of a model's shadow, newest first."""
        return self._kept.last(name)

    def _keep(self, name: str, entries: list[dict[str, Any]]) -> None:
        try:
            self._kept.add(name, entries)
        except OSError as error:
            log.warning("disagreements cannot be kept: %s", error)


def disagreements(asked: Asked, shadow: Model) -> list[Disagreement]:
    """Ask the shadow the same. Raises whatever its model raises, and KeyError where it wants another input."""
    outputs = shadow.runtime.predict(_inputs(asked.arrays, shadow))
    return [
        Disagreement(row, answer, shadow_answer)
        for row, (answer, shadow_answer) in enumerate(zip(_answers(asked.outputs), _answers(outputs), strict=True))
        if not agree(answer, shadow_answer)
    ]


def _inputs(arrays: Arrays, shadow: Model) -> Arrays:
    """What the shadow takes of it: another version may have fewer columns, or another order."""
    signature = shadow.manifest.signature
    if not isinstance(signature, TableSignature):
        return arrays
    return {column.name: arrays[column.name] for column in signature.columns}


def _answers(outputs: Outputs) -> Iterator[Any]:
    """Of a picture it counts what was found in it: two versions never agree on every pixel."""
    for prediction in outputs.predictions:
        yield prediction.counts() if isinstance(prediction, Instances) else plain(prediction)

"""What came of compiling a model: whether the compiled one serves, at which batch sizes, and why not."""

from typing import Literal

from pydantic import Field

from app.signature import Frozen, Scalar

Status = Literal["adopted", "not faster", "disagrees", "cannot convert", "not tried"]
# None is a value that is missing or not a number.
Value = Scalar | None


class Answer(Frozen):
    """What a model answered for one row; `prediction` has several values where the model has several outputs."""

    prediction: Value | tuple[Value, ...]
    probabilities: tuple[float | None, ...] | None = None


class WorstRow(Frozen):
    """The row on which the compiled model strays furthest; labels that differ stray further than any number.

    index: counted from 0 over the sample. values: what was asked, by column. expected: the original's answer.
    """

    index: int
    values: dict[str, Value]
    expected: Answer
    found: Answer


class Timing(Frozen):
    """The median time of one call in microseconds, on one thread."""

    original_us: float
    compiled_us: float


class CompileReport(Frozen):
    """The verdict on one compiled model; `reason` is a sentence for people."""

    status: Status
    reason: str
    precision: Literal["float64", "float32"] | None = Field(
        default=None, description="what the compiled model computes in"
    )
    rows: int = Field(default=0, description="how many sample rows were compared")
    max_difference: float | None = Field(
        default=None, description="the largest absolute difference of a probability or number"
    )
    worst_row: WorstRow | None = None
    timings: dict[int, Timing] = Field(default_factory=dict, description="by batch size")
    faster_at: tuple[int, ...] = Field(
        default=(), description="the measured batch sizes that the compiled model serves"
    )

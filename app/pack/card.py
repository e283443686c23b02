"""The card of a model that answers about rows, whatever it is: told from the sample and what it answered to that."""

from dataclasses import dataclass

import pandas as pd

from app.pack.bundles import Card
from app.pack.infer import rows_of, telling_rows
from app.pack.metrics import measure
from app.pack.request import Request
from app.predictions import Outputs
from app.signature import Arrays, TableSignature, Target, Task

GOLDEN_ROWS = 8


@dataclass(frozen=True)
class Rows:
    """The sample as the model is asked about it: its columns, their values, and the target columns where there are."""

    signature: TableSignature
    arrays: Arrays
    truth: pd.DataFrame | None


def card_of(request: Request, task: Task, rows: Rows, target: Target, outputs: Outputs, about: str) -> Card:
    """The card, with the metrics of `outputs` on all rows and with the rows that tell most as examples.

    about: what the model is, where its owner does not say. Raises PackError where the truth cannot be its answers.
    """
    return Card(
        name=request.name,
        description=request.notes.description or about,
        task=task,
        signature=rows.signature,
        target=target,
        examples=rows_of(rows.arrays, telling_rows(rows.arrays, GOLDEN_ROWS)),
        metrics=measure(task, outputs, rows.truth, target),
    )

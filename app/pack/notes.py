"""The YAML that a model's owner may write: units, descriptions, and whatever should not be inferred."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from app.errors import PackError
from app.signature import Frozen, Scalar, Task


class ColumnNotes(Frozen):
    """Overrides what is inferred of a column: a field that is not given stays as inferred."""

    dtype: str | None = None
    unit: str | None = None
    description: str | None = None
    categories: tuple[Scalar, ...] | None = None
    open_categories: bool | None = None
    nullable: bool | None = None


class TargetNotes(Frozen):
    """Overrides what is inferred of the target."""

    name: str | None = None
    unit: str | None = None
    description: str | None = None
    classes: tuple[Scalar, ...] | None = None


class Notes(Frozen):
    """Everything is optional. `image` are the options of a vision model's preprocessing."""

    description: str | None = None
    task: Task | None = None
    columns: dict[str, ColumnNotes] = Field(default_factory=dict)
    target: TargetNotes = TargetNotes()
    image: dict[str, Any] = Field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """The columns that are said to hold texts."""
        return [name for name, column in self.columns.items() if column.dtype == "string"]


def read_notes(path: Path | None) -> Notes:
    """The notes, or none of them. Raises PackError naming what is not known or does not fit."""
    if path is None:
        return Notes()
    try:
        return Notes.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, yaml.YAMLError) as error:
        raise PackError(f"{path} cannot be read: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        what = first["msg"]
        if first["type"] == "extra_forbidden":
            what = f"the key is not known; accepted: {', '.join(_keys(first['loc']))}"
        raise PackError(f"{path}: {'.'.join(map(str, first['loc']))}: {what}") from None


def _keys(place: tuple[int | str, ...]) -> list[str]:
    """The keys that are known where one is not."""
    parts: dict[str, type[Frozen]] = {"columns": ColumnNotes, "target": TargetNotes}
    return list((Notes if len(place) == 1 else parts[str(place[0])]).model_fields)

"""A model's promise: names, dtypes, shapes, units, categories and ranges of what it takes and gives."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

# One array per input name, all with the same number of rows along axis 0. A batch of pictures is a
# one-dimensional object array, for they differ in size.
Arrays = Mapping[str, NDArray[Any]]
Scalar = bool | int | float | str
Task = Literal[
    "classification", "regression", "clustering", "transform", "outlier detection", "detection", "segmentation"
]

# A model's name stands in paths and URLs.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"

NUMPY_TYPES: dict[str, np.dtype[Any]] = {
    "float64": np.dtype("float64"),
    "float32": np.dtype("float32"),
    "int64": np.dtype("int64"),
    "bool": np.dtype("bool"),
    "string": np.dtype("object"),
}
PYTHON_TYPES: dict[str, type] = {"float64": float, "float32": float, "int64": int, "bool": bool, "string": str}


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Frozen):
    """One named input of a table. `minimum` to `maximum` is what training saw, not a limit.

    Categories are all that is accepted, unless they are open: then they are what training saw, too.
    """

    name: str
    dtype: Literal["float64", "float32", "int64", "bool", "string"] = "float64"
    unit: str | None = None
    description: str | None = None
    categories: tuple[Scalar, ...] | None = None
    open_categories: bool = False
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    nullable: bool = False

    @model_validator(mode="after")
    def _categories_fit(self) -> Self:
        kind = PYTHON_TYPES[self.dtype]
        unfit = [value for value in self.categories or () if type(value) is not kind]
        if unfit:
            raise ValueError(f"the category {unfit[0]!r} of {self.name!r} is not of its dtype {self.dtype}")
        return self


class TableSignature(Frozen):
    """Rows of named columns; columns are matched by name."""

    kind: Literal["table"] = "table"
    columns: tuple[Column, ...]


class TensorSignature(Frozen):
    """Rows of one numeric array of a fixed shape, every value from `minimum` to `maximum`."""

    kind: Literal["tensor"] = "tensor"
    name: str
    shape: tuple[int, ...]
    minimum: float
    maximum: float
    description: str | None = None


class ImageSignature(Frozen):
    """Pictures of any size, RGB, 8 bits a channel."""

    kind: Literal["image"] = "image"
    name: str = "image"
    description: str | None = None


Signature = Annotated[TableSignature | TensorSignature | ImageSignature, Field(discriminator="kind")]


class Target(Frozen):
    """What a prediction is: its name, its unit, and the classes of a classifier in probability order.

    outputs: where a prediction is several values (a multi-output model, a transform), the name of each.
    """

    name: str
    unit: str | None = None
    description: str | None = None
    classes: tuple[Scalar, ...] | None = None
    outputs: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None

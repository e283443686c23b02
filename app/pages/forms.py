"""A signature -> the fields of a form, and a posted form -> arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from flask import Request

from app.engine.model import Model
from app.errors import InvalidInputError, Problem
from app.signature import Arrays, Column, Signature, TableSignature, TensorSignature

FILE_FIELD = "image"
# Height and width of the paper that is drawn on where pictures may be of any size.
PAPER = (480, 720)
# An example longer than this is written in several lines.
LONG = 40
Kind = Literal["number", "choice", "open", "text", "picture", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One input of a form, with what stands in it and what is wrong with that."""

    id: str
    name: str
    kind: Kind
    dtype: str = "string"
    value: str = ""
    example: str = ""
    errors: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    unit: str | None = None
    description: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    optional: bool = False
    # Height and width of the drawing pad; whether it is paper, or else the very grid of numbers that the model takes.
    pad: tuple[int, int] | None = None
    paper: bool = False

    @property
    def long(self) -> bool:
        return len(self.example) > LONG or "\n" in self.example

    @property
    def label(self) -> str:
        return self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Form:
    fields: tuple[FormField, ...]
    # What is wrong with no field in particular.
    errors: tuple[str, ...] = ()

    @property
    def takes_picture(self) -> bool:
        return any(field.kind == "picture" for field in self.fields)


def build_form(model: Model, values: Mapping[str, str], problems: Sequence[Problem] = ()) -> Form:
    """The model's form with these values in it and each problem at its field."""
    signature = model.manifest.signature
    texts = example_texts(model)
    if isinstance(signature, TableSignature):
        fields = tuple(
            _column_field(f"field-{index}", column, values, texts[column.name], problems)
            for index, column in enumerate(signature.columns)
        )
    else:
        fields = (_array_field(signature, texts[signature.name], values, problems),)
    names = {field.name for field in fields}
    return Form(fields, tuple(placed(problem) for problem in problems if problem.field not in names))


def example_texts(model: Model) -> dict[str, str]:
    """The example row as a person would type it, by field."""
    typed = _typed if isinstance(model.manifest.signature, TableSignature) else _as_json
    return {name: typed(value) for name, value in model.example.items()}


def _as_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def read_form(model: Model, request: Request) -> Arrays:
    """The row that was posted. Raises what the model's reader raises."""
    if "example" in request.args:
        return model.reader.rows(model.manifest.examples[:1])
    signature = model.manifest.signature
    if isinstance(signature, TensorSignature) and not is_picture(signature):
        return model.reader.rows([_read_json(signature.name, request.form.get(signature.name, ""))])
    file = request.files.get(FILE_FIELD)
    if file is not None and file.filename:
        return model.reader.picture(file.read())
    return model.reader.form({name: request.form.getlist(name) for name in request.form})


def only_field(signature: Signature) -> str | None:
    """The name of the form's field where it has one."""
    names = [column.name for column in signature.columns] if isinstance(signature, TableSignature) else [signature.name]
    return names[0] if len(names) == 1 else None


def takes_files(signature: Signature) -> bool:
    """Whether a person may give many rows, or pictures, at once."""
    return isinstance(signature, TableSignature) or is_picture(signature)


def is_picture(signature: Signature) -> bool:
    """Whether a person gives this input as a picture."""
    return signature.kind == "image" or (isinstance(signature, TensorSignature) and len(signature.shape) == 2)


def sentence(problem: Problem) -> str:
    """A problem in words; static/form.js says it in the same ones."""
    said = problem.detail
    if problem.did_you_mean is not None:
        said += f"; did you mean {problem.did_you_mean}?"
    elif problem.accepted is not None:
        said += f"; accepted: {problem.accepted}"
    return said


def placed(problem: Problem) -> str:
    """A problem that no field of the form shows, with the name that it has in the request."""
    return sentence(problem) if problem.field is None else f"{problem.field}: {sentence(problem)}"


def takes_bytes(signature: Signature) -> bool:
    """Whether every picture of the right size is an input: its pixels are the model's numbers, from 0 to 255."""
    if isinstance(signature, TensorSignature):
        return is_picture(signature) and (signature.minimum, signature.maximum) == (0, 255)
    return is_picture(signature)


def _column_field(
    field_id: str, column: Column, values: Mapping[str, str], example: str, problems: Sequence[Problem]
) -> FormField:
    return FormField(
        id=field_id,
        name=column.name,
        kind=_kind(column),
        dtype=column.dtype,
        value=values.get(column.name, ""),
        example=example,
        errors=_errors(column.name, problems),
        options=_options(column),
        unit=column.unit,
        description=column.description,
        minimum=column.minimum,
        maximum=column.maximum,
        optional=column.nullable,
    )


def _array_field(
    signature: Signature, example: str, values: Mapping[str, str], problems: Sequence[Problem]
) -> FormField:
    assert not isinstance(signature, TableSignature)
    shape = signature.shape if isinstance(signature, TensorSignature) else PAPER
    picture = is_picture(signature)
    return FormField(
        id="field-0",
        name=signature.name,
        kind="picture" if picture else "json",
        dtype="json",
        value=values.get(signature.name, ""),
        example="" if takes_bytes(signature) else example,
        errors=_errors(signature.name, problems),
        description=signature.description,
        minimum=getattr(signature, "minimum", None),
        maximum=getattr(signature, "maximum", None),
        pad=(shape[0], shape[1]) if picture else None,
        paper=signature.kind == "image",
    )


def _kind(column: Column) -> Kind:
    if column.categories is not None:
        return "open" if column.open_categories else "choice"
    if column.dtype == "bool":
        return "choice"
    return "text" if column.dtype == "string" else "number"


def _options(column: Column) -> tuple[str, ...]:
    if column.categories is not None:
        return tuple(_typed(value) for value in column.categories)
    return ("true", "false") if column.dtype == "bool" else ()


def _errors(name: str, problems: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(sentence(problem) for problem in problems if problem.field == name)


def _typed(value: Any) -> str:
    """A JSON value as a person would type it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return orjson.dumps(value).decode().removesuffix(".0")


def _read_json(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError([Problem(f"the text is not JSON: {error}", field=name)]) from None

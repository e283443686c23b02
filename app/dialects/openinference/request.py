"""What an inference request says: its JSON, checked, and the bytes that follow it."""

import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.dialects.jsonbody import parse_json
from app.dialects.openinference.datatypes import BYTES, Datatype
from app.errors import MalformedBodyError
from app.inputs.base import shorten
from app.signature import Frozen

HEADER_LENGTH = "Inference-Header-Content-Length"
# Parameters of other extensions, which would change the answer: ignored, they would make it a wrong one.
NOT_OFFERED = {
    "shared_memory_region": "shared memory",
    "classification": "the classification extension",
    "sequence_id": "sequences",
}

# Of MLServer's, those that say how our inputs are to be read; but for base64 the signature says it anyway.
ContentType = Literal["pd", "np", "str", "base64"]
Size = Annotated[int, Field(ge=0)]
T = TypeVar("T", bound=BaseModel)


class Strict(Frozen):
    """A JSON object whose members have exactly the types that they should have, and no others."""

    model_config = ConfigDict(strict=True)


class _Parameters(BaseModel):
    """What we heed. A client may send others, which are hints (priority, timeout) or its own."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    content_type: ContentType | None = None

    @model_validator(mode="before")
    @classmethod
    def _offered(cls, given: Any) -> Any:
        asked = [offer for name, offer in NOT_OFFERED.items() if isinstance(given, dict) and given.get(name)]
        if asked:
            raise ValueError(f"{asked[0]} is not offered")
        return given


class InputParameters(_Parameters):
    binary_data_size: Size | None = None


class OutputParameters(_Parameters):
    binary_data: bool | None = None


class RequestParameters(_Parameters):
    binary_data_output: bool | None = None


class InputTensor(Strict):
    name: str
    shape: list[Size]
    datatype: Datatype
    parameters: InputParameters | None = None
    data: Any = None

    @property
    def binary_size(self) -> int | None:
        """Bytes behind the JSON; None where the data stand in it."""
        return self.parameters.binary_data_size if self.parameters else None

    @property
    def is_base64(self) -> bool:
        return self.parameters is not None and self.parameters.content_type == "base64"


class RequestedOutput(Strict):
    name: str
    parameters: OutputParameters | None = None


class InferenceRequest(Strict):
    """model_name, model_version: clients may repeat what the path says."""

    id: str | None = None
    model_name: str | None = None
    model_version: str | None = None
    parameters: RequestParameters | None = None
    inputs: Annotated[list[InputTensor], Field(min_length=1)]
    outputs: list[RequestedOutput] | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        for kind, named in (("input", self.inputs), ("output", self.outputs or ())):
            for name, count in Counter(tensor.name for tensor in named).items():
                if count > 1:
                    raise ValueError(f"the {kind} {shorten(name)!r} is given {count} times")
        return self

    @property
    def wanted(self) -> Mapping[str, bool | None] | None:
        """The outputs that are asked for by name, and whether in binary; None where all are."""
        if not self.outputs:
            return None
        return {each.name: each.parameters.binary_data if each.parameters else None for each in self.outputs}

    @property
    def binary_output(self) -> bool:
        return bool(self.parameters and self.parameters.binary_data_output)


def read_request(body: bytes | bytearray, header: str | None) -> tuple[InferenceRequest, memoryview]:
    """The request and the bytes behind its JSON. header: how long the JSON is, unless it is the whole body.

    Raises MalformedBodyError.
    """
    length = len(body) if header is None else _length(header, len(body))
    return validate(InferenceRequest, parse_json(bytes(body[:length]))), memoryview(body)[length:]


def raw_request(body: bytes | bytearray, offered: Iterable[Mapping[str, Any]]) -> tuple[InferenceRequest, memoryview]:
    """A body without any JSON: one row of the model's one input; its outputs come back in binary.

    offered: the model's inputs as its metadata has them. Raises MalformedBodyError.
    """
    only, *others = offered
    if others:
        raise MalformedBodyError(f"a raw request has one input, and the model has {1 + len(others)}: send the JSON")
    shape = [max(1, extent) for extent in only["shape"]]
    tail = struct.pack("<I", len(body)) + body if only["datatype"] == BYTES else body
    tensor = InputTensor(
        name=only["name"],
        shape=shape,
        datatype=only["datatype"],
        parameters=InputParameters(binary_data_size=len(tail)),
    )
    asked = InferenceRequest(inputs=[tensor], parameters=RequestParameters(binary_data_output=True))
    return asked, memoryview(tail)


def is_raw(header: str | None) -> bool:
    return header is not None and header.strip() == "0"


def _length(header: str, most: int) -> int:
    text = header.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise MalformedBodyError(f"{HEADER_LENGTH} is {shorten(header)!r}; accepted: how many bytes of JSON there are")
    if int(text) > most:
        raise MalformedBodyError(f"{HEADER_LENGTH} is {text}, and the body has only {most} bytes")
    return int(text)


def validate(kind: type[T], value: Any) -> T:
    """A JSON value as what it should be. Raises MalformedBodyError, which says what the first thing wrong is."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = shorten(".".join(map(str, first["loc"])))
        reason = first["msg"].removeprefix("Value error, ")
        raise MalformedBodyError(f"the request is not accepted: {place}{': ' if place else ''}{reason}") from None

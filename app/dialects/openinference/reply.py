"""An inference response: its JSON, and the tensors that are asked for in binary behind it."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from flask import Request, Response

from app.dialects.openinference.binary import write_elements
from app.dialects.openinference.datatypes import BYTES, NUMPY
from app.dialects.openinference.outputs import OutputTensor
from app.dialects.openinference.request import HEADER_LENGTH, InferenceRequest
from app.engine.model import Model
from app.replies import JSON, json_reply

OCTETS = "application/octet-stream"
# zlib's window bits for RFC 1952 and RFC 1950; 1 is its fastest level, for the answer is waited for.
_WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_LEVEL = 1
_LEAST = 1024  # bytes; below, it is not worth it


def infer_reply(model: Model, asked: InferenceRequest, tensors: Sequence[OutputTensor]) -> Response:
    """The outputs in JSON, each in binary that the request wants so."""
    wanted = asked.wanted or {}
    described, parts = [], []
    for tensor in tensors:
        choice = wanted.get(tensor.name)
        in_binary = asked.binary_output if choice is None else choice
        data = _to_bytes(tensor) if in_binary else None
        described.append(_describe(tensor, data))
        parts += [data] * in_binary
    head = {"model_name": model.name, "model_version": model.version, "outputs": described}
    if asked.id is not None:
        head["id"] = asked.id
    return _binary_reply(head, parts) if parts else json_reply(head)


def _describe(tensor: OutputTensor, data: Any) -> dict[str, Any]:
    described = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.array.shape)}
    if data is None:
        flat = tensor.array.ravel()
        return {**described, "data": flat.tolist() if tensor.datatype == BYTES else flat}
    return {**described, "parameters": {"binary_data_size": memoryview(data).nbytes}}


def _to_bytes(tensor: OutputTensor) -> Any:
    """What has the tensor's bytes: the array itself, where it lies in memory as on the wire."""
    if tensor.datatype == BYTES:
        return write_elements(tensor.array.ravel().tolist())
    return np.ascontiguousarray(tensor.array, NUMPY[tensor.datatype])


def _binary_reply(head: Mapping[str, Any], parts: Sequence[Any]) -> Response:
    json = orjson.dumps(head, option=orjson.OPT_SERIALIZE_NUMPY)
    reply = Response(b"".join([json, *parts]), content_type=OCTETS)
    reply.headers[HEADER_LENGTH] = str(len(json))
    return reply


def compress(request: Request, reply: Response) -> Response:
    """Compress a reply as the client asked, where NGINX does not: it has no deflate, and leaves binary data alone."""
    encodings = request.accept_encodings
    best = encodings.best_match(_WINDOWS) if encodings else None
    if best is None or (best == "gzip" and reply.mimetype == JSON):
        return reply
    reply.vary.add("Accept-Encoding")
    if (reply.content_length or 0) >= _LEAST:
        compressor = zlib.compressobj(_LEVEL, wbits=_WINDOWS[best])
        reply.set_data(compressor.compress(reply.get_data()) + compressor.flush())
        reply.content_encoding = best
    return reply

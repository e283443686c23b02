"""What the protocol tells of the server and of a model."""

from collections.abc import Sequence
from typing import Any

from app.dialects.openinference.datatypes import BYTES, OF_COLUMN, Datatype, widest
from app.dialects.openinference.outputs import ANY, INSTANCES, names_of_instances, outputs_by_row
from app.engine.model import Model
from app.engine.predict import predict, take_asked
from app.signature import Signature, TableSignature, TensorSignature

EXTENSIONS = ["binary_tensor_data", "model_repository"]


def server_metadata(version: str) -> dict[str, Any]:
    return {"name": "slipway", "version": version, "extensions": EXTENSIONS}


def model_metadata(model: Model, versions: list[str]) -> dict[str, Any]:
    return {
        "name": model.name,
        "versions": versions,
        "platform": model.manifest.runtime,
        "inputs": inputs_of(model.manifest.signature),
        "outputs": outputs_of(model),
    }


def inputs_of(signature: Signature) -> list[dict[str, Any]]:
    """A column each; pictures encoded, as any size can be said. MLServer's clients heed content_type."""
    if isinstance(signature, TableSignature):
        return [
            _input(column.name, OF_COLUMN[column.dtype], [ANY], "str" if column.dtype == "string" else None)
            for column in signature.columns
        ]
    if isinstance(signature, TensorSignature):
        return [_input(signature.name, "FP32", [ANY, *signature.shape])]
    return [_input(signature.name, BYTES, [ANY], "base64")]


def outputs_of(model: Model) -> list[dict[str, Any]]:
    """Whether there are probabilities, and of which type labels are, only the model's own answer tells."""
    names = names_of_instances(model)
    if names:
        return [_tensor(name, *INSTANCES[name]) for name in names]
    outputs = predict(model, model.reader.rows(model.manifest.examples[:1]))
    take_asked()  # which is nobody's request, so that a shadow is not shown it
    return [
        _tensor(name, widest(array)[0], (ANY, *array.shape[1:]))
        for name, array in outputs_by_row(model, outputs).items()
    ]


def _input(name: str, datatype: Datatype, shape: Sequence[int], content_type: str | None = None) -> dict[str, Any]:
    parameters = {"parameters": {"content_type": content_type}} if content_type else {}
    return {**_tensor(name, datatype, shape), **parameters}


def _tensor(name: str, datatype: Datatype, shape: Sequence[int]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": list(shape)}

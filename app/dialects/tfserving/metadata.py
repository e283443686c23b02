"""What TensorFlow Serving says goes into a model and comes out of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dialects.tfserving.signatures import DEFAULT, NAMES, Verb, verbs_of
from app.dialects.tfserving.writing import FOUND, named_outputs
from app.engine.model import Model
from app.signature import ImageSignature, TableSignature

# The rest have NumPy's names: DT_INT64.
_DTYPES = {"float64": "DT_DOUBLE", "float32": "DT_FLOAT", "float16": "DT_HALF"}
# In the order of FOUND; what is an object for each picture is of no rank.
_FOUND: Mapping[str, tuple[str, Sequence[int] | None]] = dict(
    zip(
        FOUND,
        (
            ("DT_INT64", (-1, -1, 4)),
            ("DT_INT64", (-1, -1)),
            ("DT_STRING", (-1, -1)),
            ("DT_DOUBLE", (-1, -1)),
            ("DT_VARIANT", None),
            ("DT_INT64", (-1, 3)),
            ("DT_VARIANT", None),
        ),
        strict=True,
    )
)


def describe_model(model: Model) -> dict[str, Any]:
    """The signatures of a model: its tensors by name, and what each verb takes and gives."""
    signatures = {NAMES[verb][-1]: _examples_signature(verb) for verb in verbs_of(model) if verb != "predict"}
    signatures[DEFAULT] = _signature("predict", _inputs(model), _outputs(model))
    return {
        "model_spec": {"name": model.name, "signature_name": "", "version": model.version},
        "metadata": {"signature_def": {"signature_def": signatures}},
    }


def _signature(verb: Verb, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"inputs": inputs, "outputs": outputs, "method_name": NAMES[verb][-1], "defaults": {}}


def _examples_signature(verb: Verb) -> dict[str, Any]:
    """Of examples, which come in as one text each."""
    given = {"inputs": _tensor("inputs", "DT_STRING", (-1,))}
    if verb == "regress":
        return _signature(verb, given, {"outputs": _tensor("outputs", "DT_FLOAT", (-1,))})
    classes = {"classes": "DT_STRING", "scores": "DT_FLOAT"}
    return _signature(verb, given, {name: _tensor(name, dtype, (-1, -1)) for name, dtype in classes.items()})


def _inputs(model: Model) -> dict[str, Any]:
    signature = model.manifest.signature
    if isinstance(signature, TableSignature):
        return {column.name: _tensor(column.name, _dtype(column.dtype), (-1,)) for column in signature.columns}
    if isinstance(signature, ImageSignature):
        return {signature.name: _tensor(signature.name, "DT_STRING", (-1,))}
    return {signature.name: _tensor(signature.name, "DT_FLOAT", (-1, *signature.shape))}


def _outputs(model: Model) -> dict[str, Any]:
    """Of what a runtime answers only its answer tells the types: it is asked for its first example."""
    if model.finds_instances:
        return {name: _tensor(name, dtype, shape) for name, (dtype, shape) in _FOUND.items()}
    answer = model.runtime.predict(model.reader.rows(model.manifest.examples[:1]))
    return {
        name: _tensor(name, _dtype(_kind(array)), (-1, *array.shape[1:]))
        for name, array in named_outputs(model, answer).items()
    }


def _kind(array: NDArray[Any]) -> str:
    dtype = np.array(array.tolist()).dtype if array.dtype == object else array.dtype
    return "string" if dtype.kind in "OU" else dtype.name


def _dtype(name: str) -> str:
    return _DTYPES.get(name, f"DT_{name.upper()}")


def _tensor(name: str, dtype: str, shape: Sequence[int] | None) -> dict[str, Any]:
    dimensions = [{"size": str(size), "name": ""} for size in shape or ()]
    return {
        "dtype": dtype,
        "tensor_shape": {"dim": dimensions, "unknown_rank": shape is None},
        "name": f"{name}:0",
    }

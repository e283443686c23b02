"""Writing nodes of an ONNX graph from within a converter."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope
from skl2onnx.common.data_types import StringTensorType

ML = "ai.onnx.ml"
BOOL, INT64, STRING = TensorProto.BOOL, TensorProto.INT64, TensorProto.STRING
FLOAT, DOUBLE = TensorProto.FLOAT, TensorProto.DOUBLE


class Writer:
    """Adds nodes to the graph under conversion. Every method returns the name of what it adds."""

    def __init__(self, scope: Scope, container: ModelComponentContainer) -> None:
        self._scope = scope
        self._container = container

    def constant(self, values: Any) -> str:
        array = np.asarray(values)
        name: str = self._scope.get_unique_variable_name("constant")
        is_text = array.dtype.kind in "OU"
        data = [str(text).encode() for text in array.ravel()] if is_text else array.ravel().tolist()
        kind = STRING if is_text else helper.np_dtype_to_tensor_dtype(array.dtype)
        self._container.add_initializer(name, kind, array.shape, data)
        return name

    def node(self, kind: str, *inputs: str, domain: str = "", output: str | None = None, **attributes: Any) -> str:
        """A node of one output, which may be given its name."""
        name: str = output or self._scope.get_unique_variable_name(kind.lower())
        self._container.add_node(
            kind,
            list(inputs),
            name,
            op_domain=domain,
            op_version=self._container.target_opset_any_domain(domain),
            name=self._scope.get_unique_operator_name(kind),
            **attributes,
        )
        return name

    def cast(self, name: str, kind: int, output: str | None = None) -> str:
        return self.node("Cast", name, to=kind, output=output)

    def concat(self, names: Sequence[str], output: str | None = None) -> str:
        """The columns of several matrices side by side."""
        return self.node("Concat", *names, axis=1, output=output)


def columns(writer: Writer, operator: Operator) -> list[tuple[str, bool]]:
    """The columns that an operator is given, each (n, 1), and whether it is of texts."""
    found = []
    for given in operator.inputs:
        width, is_text = given.type.shape[1], isinstance(given.type, StringTensorType)
        if width == 1:
            found.append((given.full_name, is_text))
            continue
        for position in range(width):
            index = writer.constant(np.array([position]))
            found.append((writer.node("Gather", given.full_name, index, axis=1), is_text))
    return found


def matrix(writer: Writer, operator: Operator, kind: int) -> str:
    """All columns that an operator is given, cast to one type, as one matrix."""
    names = [given.full_name if kind == STRING else writer.cast(given.full_name, kind) for given in operator.inputs]
    return names[0] if len(names) == 1 else writer.concat(names)


def width(operator: Operator) -> int:
    """How many columns an operator is given."""
    return sum(given.type.shape[1] for given in operator.inputs)

"""Small ONNX graphs of rows, built node by node."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, DOUBLE, INT64, INT32 = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.INT32
BOOL, STRING = TensorProto.BOOL, TensorProto.STRING
ROWS = "rows"  # an open axis

# Three classes from two columns: logits, their probabilities, the likeliest's number and its name.
WEIGHTS = np.array([[1, -1, 0], [0, 1, -1]], np.float32)


def node(kind, inputs, outputs, domain="", **attributes):
    return helper.make_node(kind, inputs.split(), outputs.split(), domain=domain, **attributes)


def graph(path: Path, nodes, inputs, outputs, constants=None, metadata=None, **saving) -> Path:
    """Write a graph. inputs: name -> (type, shape); outputs: name -> (type, shape), or a whole ValueInfo."""

    def value(name, what):
        return what if isinstance(what, onnx.ValueInfoProto) else helper.make_tensor_value_info(name, *what)

    made = helper.make_graph(
        nodes,
        "graph",
        [value(*given) for given in inputs.items()],
        [value(*given) for given in outputs.items()],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=10)
    helper.set_model_props(model, metadata or {})
    onnx.checker.check_model(model)
    onnx.save(model, path, **saving)
    return path


def three_classes(path: Path, *, wanted=("logits",), labels=("hi", "lo", "mid"), rows=ROWS, metadata=None, **saving):
    """A matrix of two columns in; `wanted` of logits, probabilities, number, label and maps out."""
    is_text = isinstance(labels[0], str)
    kind = STRING if is_text else INT64
    names = {"classlabels_strings" if is_text else "classlabels_int64s": list(labels)}
    key = STRING if is_text else INT64
    maps = helper.make_value_info(
        "maps",
        helper.make_sequence_type_proto(helper.make_map_type_proto(key, helper.make_tensor_type_proto(FLOAT, []))),
    )
    known = {
        "logits": (FLOAT, [rows, 3]),
        "probabilities": (FLOAT, [rows, 3]),
        "number": (INT64, [rows]),
        "label": (kind, [rows]),
        "maps": maps,
    }
    nodes = [
        node("MatMul", "x weights", "logits"),
        node("Softmax", "logits", "probabilities"),
        node("ArgMax", "probabilities", "number", axis=1, keepdims=0),
        node("Gather", "labels number", "label"),
    ]
    if "maps" in wanted:
        nodes.append(node("ZipMap", "probabilities", "maps", "ai.onnx.ml", **names))
    constants = {"weights": WEIGHTS, "labels": np.array(labels, object if is_text else np.int64)}
    outputs = {name: known[name] for name in wanted}
    return graph(path, nodes, {"x": (FLOAT, [rows, 2])}, outputs, constants, metadata, **saving)


def logits_of(matrix):
    return np.asarray(matrix, np.float32) @ WEIGHTS


def probabilities_of(matrix):
    powers = np.exp(logits_of(matrix))
    return powers / powers.sum(axis=1, keepdims=True)

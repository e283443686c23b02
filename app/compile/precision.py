"""The types of an ONNX graph, made to agree.

Converters of scikit-learn models are written for float32. Asked for double, several leave a graph in which a double
meets a float, or reaches an operator that onnxruntime has for float alone. Here casts are put where they are missing:
to double where the two meet, to float only before an operator that computes in nothing else.
"""

from collections import defaultdict

from onnx import GraphProto, NodeProto, TensorProto, TypeProto, helper
from onnx.defs import OpSchema, get_schema
from onnx.shape_inference import infer_node_outputs

FLOAT, DOUBLE, STRING = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.STRING
# The domains that onnx specifies, and what there is of onnxruntime's own that gives texts.
SPECIFIED = {"", "ai.onnx.ml"}
TEXTS = {"Tokenizer"}
# onnxruntime 1.31 has no double kernel for these, whatever their specification allows.
FLOAT_ONLY = {"Imputer", "LinearRegressor", "SVMRegressor"}
TREES = {"TreeEnsembleClassifier", "TreeEnsembleRegressor"}


def settle_types(graph: GraphProto, opsets: dict[str, int]) -> None:
    """Put the missing casts into a graph, in place, and correct the types that its outputs are declared with.

    opsets: the version of each operator domain that the graph is written for.
    """
    types = {value.name: value.type.tensor_type.elem_type for value in graph.input}
    types |= {tensor.name: tensor.data_type for tensor in graph.initializer}
    settled: list[NodeProto] = []
    for node in graph.node:
        if node.op_type == "FeatureVectorizer":  # gives float32 whatever it is given
            node = helper.make_node("Concat", node.input, node.output, node.name, axis=1)
        if node.domain not in SPECIFIED:
            settled.append(node)
            if node.op_type in TEXTS:
                types |= dict.fromkeys(node.output, STRING)
            continue
        schema = get_schema(node.op_type, opsets[node.domain], node.domain)
        wanted = _wanted(node, schema, types)
        settled += _casts(node, wanted, types)
        settled.append(node)
        types |= _outputs(node, schema, types)
    del graph.node[:]
    graph.node.extend(settled)
    del graph.value_info[:]
    for output in graph.output:
        if output.name in types and output.type.HasField("tensor_type"):
            output.type.tensor_type.elem_type = types[output.name]


def _wanted(node: NodeProto, schema: OpSchema, types: dict[str, int]) -> dict[str, int]:
    """The inputs of a node that have to be of another type, and which."""
    if node.op_type in FLOAT_ONLY or (node.op_type in TREES and _has_float_thresholds(node)):
        return {name: FLOAT for name in node.input if types.get(name) == DOUBLE}
    groups = defaultdict(list)
    for position, name in enumerate(node.input):
        formal = schema.inputs[min(position, len(schema.inputs) - 1)]
        if formal.is_homogeneous:
            groups[formal.type_str].append(name)
    mixed = [names for names in groups.values() if {FLOAT, DOUBLE} <= {types.get(name) for name in names}]
    return {name: DOUBLE for names in mixed for name in names if types[name] == FLOAT}


def _has_float_thresholds(node: NodeProto) -> bool:
    return any(attribute.name == "nodes_values" for attribute in node.attribute)


def _casts(node: NodeProto, wanted: dict[str, int], types: dict[str, int]) -> list[NodeProto]:
    """The casts that a node needs before it; the node then reads from them."""
    casts = []
    for position, name in enumerate(node.input):
        if name in wanted:
            cast = f"{name}_for_{node.output[0]}_{position}"
            casts.append(helper.make_node("Cast", [name], [cast], to=wanted[name]))
            node.input[position], types[cast] = cast, wanted[name]
    return casts


def _outputs(node: NodeProto, schema: OpSchema, types: dict[str, int]) -> dict[str, int]:
    """The types of a node's outputs, as far as its operator's specification tells them."""
    given = {name: helper.make_tensor_type_proto(types[name], None) for name in node.input if name in types}
    if len(given) < len({name for name in node.input if name}):
        return {}
    inferred: dict[str, TypeProto] = infer_node_outputs(schema, node, given)
    return {name: proto.tensor_type.elem_type for name, proto in inferred.items() if proto.HasField("tensor_type")}

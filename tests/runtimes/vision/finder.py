"""Graphs that really look: they find the box around the bright pixels of the tensor, and its mask."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from onnx import NodeProto, helper

from tests.runtimes.vision.graphs import FLOAT, FLOAT16, Array, GraphFile, yolo

CONSTANTS: dict[str, Array] = {
    "half": np.array(0.5, np.float32),
    "one": np.array(1, np.float32),
    "channel": np.array([0], np.int64),
    "next": np.array([1], np.int64),
    "axis": np.array([1], np.int64),
    "three_quarters": np.array([[[0.75]]], np.float32),
    "coefficient": np.array([[[1]]], np.float32),
    "class_0": np.array([[[0]]], np.float32),
    "other3": np.array([2], np.int64),
    "other2": np.array([3], np.int64),
}


def edges(axis: int, other: int, first: str, last: str) -> list[NodeProto]:
    """The first and the one past the last bright index along an axis of `bright` (n, 1, H, W)."""
    line = f"line{axis}"
    return [
        helper.make_node("ReduceMax", ["bright", f"other{axis}"], [line], keepdims=1),
        helper.make_node("ArgMax", [line], [f"{first}_index"], axis=axis, keepdims=0),
        helper.make_node("ArgMax", [line], [f"{last}_index"], axis=axis, keepdims=0, select_last_index=1),
        *(helper.make_node("Cast", [f"{name}_index"], [f"{name}_cast"], to=FLOAT) for name in (first, last)),
        helper.make_node("Add", [f"{last}_cast", "one"], [f"{last}_end"]),
    ]


def brightness() -> list[NodeProto]:
    """`grey`: the first channel, (n, 1, H, W). `bright`: 1 where it is above a half."""
    return [
        helper.make_node("Cast", ["images"], ["pixels"], to=FLOAT),
        helper.make_node("Slice", ["pixels", "channel", "next", "axis"], ["grey"]),
        helper.make_node("Greater", ["grey", "half"], ["above"]),
        helper.make_node("Cast", ["above"], ["bright"], to=FLOAT),
        *edges(3, 2, "x1", "x2"),
        *edges(2, 3, "y1", "y2"),
    ]


def corners() -> list[NodeProto]:
    """`corners`: (n, 1, 4) x1 y1 x2 y2 in tensor pixels."""
    names = ("x1_cast", "y1_cast", "x2_end", "y2_end")
    return [helper.make_node("Concat", list(names), ["corners"], axis=2)]


def raw_row() -> list[NodeProto]:
    """`output0`: (n, 6, 1), one anchor with cx cy w h, its score and its coefficient."""
    return [
        helper.make_node("Split", ["corners"], ["low", "high"], axis=2, num_outputs=2),
        helper.make_node("Add", ["low", "high"], ["doubled"]),
        helper.make_node("Mul", ["doubled", "half"], ["centre"]),
        helper.make_node("Sub", ["high", "low"], ["sides"]),
        helper.make_node("Concat", ["centre", "sides", "score", "weight"], ["row"], axis=2),
        helper.make_node("Transpose", ["row"], ["output0"], perm=[0, 2, 1]),
    ]


def suppressed_row() -> list[NodeProto]:
    """`output0`: (n, 1, 7), one row of corners, score, class and coefficient."""
    return [helper.make_node("Concat", ["corners", "score", "class", "weight"], ["output0"], axis=2)]


def repeated() -> list[NodeProto]:
    """`score`, `weight` and `class`: (n, 1, 1), the same number for each picture of the batch."""
    numbers = {"score": "three_quarters", "weight": "coefficient", "class": "class_0"}
    return [
        helper.make_node("Sub", ["x1_cast", "x1_cast"], ["zero"]),
        *(helper.make_node("Add", ["zero", number], [name]) for name, number in numbers.items()),
    ]


def prototype(cells: int) -> list[NodeProto]:
    """`output1`: (n, 1, H / cells, W / cells), above 0 where the tensor is bright."""
    return [
        helper.make_node("AveragePool", ["grey"], ["cells"], kernel_shape=[cells, cells], strides=[cells, cells]),
        helper.make_node("Sub", ["cells", "half"], ["output1"]),
    ]


def yolo_finder(
    graph: GraphFile, shape: Sequence[int | str], *, suppressed: bool = False, half: bool = False, cells: int = 4
) -> Path:
    """A YOLO for the segmentation of one class, `light`. Its prototype has one cell for `cells` pixels a side."""
    row, dims = (suppressed_row(), [1, 7]) if suppressed else (raw_row(), [6, 1])
    return graph.write(
        shape,
        [*brightness(), *corners(), *repeated(), *row, *prototype(cells)],
        {"output0": [shape[0], *dims], "output1": [shape[0], 1, "mask_height", "mask_width"]},
        constants=CONSTANTS,
        dtype=FLOAT16 if half else FLOAT,
        metadata=yolo("segment", {0: "light"}, imgsz=[128, 128]),
    )

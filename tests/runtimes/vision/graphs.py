"""Small ONNX graphs whose outputs are known."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from app.predictions import Instances, Outputs
from app.runtimes.vision.inspect import Inspection, inspect
from app.runtimes.vision.runtime import load
from app.signature import ImageSignature, Target
from tests.bundles import read

Array = NDArray[Any]
Picture = NDArray[np.uint8]
FLOAT, FLOAT16, UINT8 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.UINT8


class GraphFile:
    """Writes graphs of one input into a directory. A dimension is a number, or a name for an open one."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "model.onnx"

    def write(
        self,
        shape: Sequence[int | str],
        nodes: Sequence[onnx.NodeProto],
        outputs: Mapping[str, Sequence[int | str] | None],
        *,
        constants: Mapping[str, Array] | None = None,
        name: str = "images",
        dtype: int = FLOAT,
        output_dtypes: Mapping[str, int] | None = None,
        metadata: Mapping[str, str] | None = None,
        more_inputs: Sequence[onnx.ValueInfoProto] = (),
    ) -> Path:
        kinds = output_dtypes or {}
        graph = helper.make_graph(
            nodes,
            "graph",
            [helper.make_tensor_value_info(name, dtype, shape), *more_inputs],
            [helper.make_tensor_value_info(key, kinds.get(key, FLOAT), dims) for key, dims in outputs.items()],
            [numpy_helper.from_array(value, key) for key, value in (constants or {}).items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        helper.set_model_props(model, dict(metadata or {}))
        onnx.checker.check_model(model)
        onnx.save(model, self.path)
        return self.path

    def constant(self, shape: Sequence[int | str], outputs: Mapping[str, Array], **more: Any) -> Path:
        """A graph that answers the same to everything."""
        return self.write(
            shape,
            [helper.make_node("Identity", [f"{key}_value"], [key]) for key in outputs],
            {key: value.shape for key, value in outputs.items()},
            constants={f"{key}_value": value for key, value in outputs.items()},
            output_dtypes={key: helper.np_dtype_to_tensor_dtype(value.dtype) for key, value in outputs.items()},
            **more,
        )

    def mean_colour(self, shape: Sequence[int | str], axes: Sequence[int] = (2, 3), **more: Any) -> Path:
        """A classifier whose three numbers are the means of the tensor's channels."""
        return self.write(
            shape,
            [helper.make_node("ReduceMean", ["images", "axes"], ["scores"], keepdims=0)],
            {"scores": [shape[0], 3]},
            constants={"axes": np.array(axes, np.int64)},
            **more,
        )


def rows(pictures: Sequence[Picture]) -> dict[str, Array]:
    """Pictures as their reader hands them over."""
    batch = np.empty(len(pictures), object)
    for index, picture in enumerate(pictures):
        batch[index] = picture
    return {"image": batch}


def blank(height: int, width: int, colour: Sequence[int] = (0, 0, 0)) -> Picture:
    return np.full((height, width, 3), colour, np.uint8)


def ask(path: Path, pictures: Sequence[Picture], classes: Sequence[str] | None = None, **overrides: Any) -> Outputs:
    """Inspect, write the options down as JSON, load and predict, as packing and serving do."""
    inspection = inspect(path, overrides)
    return serve(path, inspection, pictures, classes)


def serve(
    path: Path, inspection: Inspection, pictures: Sequence[Picture], classes: Sequence[str] | None = None
) -> Outputs:
    names = inspection.classes if classes is None else tuple(classes)
    options = inspection.options.model_validate_json(inspection.options.model_dump_json()).model_dump()
    return load(read(path), ImageSignature(), Target(name="answer", classes=names), options).predict(rows(pictures))


def find(path: Path, picture: Picture, classes: Sequence[str] | None = None, **overrides: Any) -> Instances:
    """What is found in one picture."""
    (instances,) = ask(path, [picture], classes, **overrides).predictions
    assert isinstance(instances, Instances)
    return instances


def whole(instances: Instances, index: int) -> NDArray[np.bool_]:
    """One mask in the size of its picture."""
    picture = np.zeros((instances.height, instances.width), np.bool_)
    x1, y1, x2, y2 = instances.boxes[index]
    picture[y1:y2, x1:x2] = instances.masks[index]
    return picture


def rectangle(height: int, width: int, box: Sequence[int]) -> NDArray[np.bool_]:
    """(height, width), true inside of x1 y1 x2 y2."""
    picture = np.zeros((height, width), np.bool_)
    picture[box[1] : box[3], box[0] : box[2]] = True
    return picture


def yolo(task: str, names: Mapping[int, str], **more: object) -> dict[str, str]:
    """Metadata as Ultralytics exports them."""
    return {key: str(value) for key, value in {"task": task, "names": dict(names), "stride": 32, **more}.items()}

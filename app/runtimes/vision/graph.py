"""What a graph says of itself, and what it does with one probe."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.errors import BrokenBundleError
from app.runtimes.vision.roles import detection_roles

Shape = tuple[int | None, ...]
Order = str

# A multiple of 32, which the strides of feature pyramids divide, and the size of most classifiers.
PROBE_SIDE = 224
ORDERS = ("nchw", "nhwc", "chw")
DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8"}


class Session(Protocol):
    """What is used of onnxruntime's InferenceSession."""

    def get_inputs(self) -> list[Any]: ...

    def get_outputs(self) -> list[Any]: ...

    def get_modelmeta(self) -> Any: ...

    def run(self, names: list[str] | None, feed: Mapping[str, Any]) -> list[Any]: ...


@dataclass(frozen=True)
class Graph:
    """A graph of one picture input. outputs: what it answered to a probe of noise, by name, in its own order.

    order: the axes of the input. size: its height and width where they are fixed or were given.
    dynamic: whether it takes other sizes as well. probe_size: height and width of the probe.
    roles: the outputs that hold boxes, labels, scores and masks, where they can be told or were given.
    """

    input_name: str
    dtype: str
    order: Order
    batch: int | None
    size: tuple[int, int] | None
    dynamic: bool
    probe_size: tuple[int, int]
    outputs: Mapping[str, NDArray[Any]]
    roles: Mapping[str, str] | None
    metadata: Mapping[str, str]
    description: str

    def literal(self, key: str) -> Any:
        """A metadata value that is a Python literal; None where there is none. Raises BrokenBundleError."""
        if key not in self.metadata:
            return None
        try:
            return ast.literal_eval(self.metadata[key])
        except (ValueError, SyntaxError):
            raise self.broken(f"its metadata {key!r} is not a Python literal: {self.metadata[key]!r}") from None

    def broken(self, why: str) -> BrokenBundleError:
        return BrokenBundleError(f"{why}; the model has {self.description}")


def read_graph(session: Session, overrides: Mapping[str, Any]) -> Graph:
    """Read a graph and run it once on noise; `order`, `size` and `outputs` of the overrides say what it leaves open.

    Raises BrokenBundleError where it does not take pictures or does not run.
    """
    metadata = dict(session.get_modelmeta().custom_metadata_map)
    description = describe(session, metadata)
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise BrokenBundleError(f"the model takes {len(inputs)} inputs, not one picture; it has {description}")
    dtype, order, axes = _picture_input(inputs[0], overrides.get("order"), description)
    height, width = axes["h"] or axes["w"], axes["w"] or axes["h"]
    fixed = (height, width) if height is not None and width is not None else None
    size = _given_size(overrides) or fixed
    probe_size = size or _trained_size(metadata) or (PROBE_SIDE, PROBE_SIDE)
    tensor = noise(dtype, order, axes.get("n") or 1, probe_size)
    outputs = _run(session, inputs[0].name, tensor, description)
    return Graph(
        input_name=inputs[0].name,
        dtype=dtype,
        order=order,
        batch=axes.get("n"),
        size=size,
        dynamic=fixed is None,
        probe_size=probe_size,
        outputs=outputs,
        roles=overrides.get("outputs") or detection_roles(outputs),
        metadata=metadata,
        description=description,
    )


def _picture_input(declared: Any, order: Any, description: str) -> tuple[str, Order, dict[str, int | None]]:
    """dtype, order and the length of each axis, None where it is open. Raises BrokenBundleError."""
    shape = _shape(declared.shape)
    dtype = DTYPES.get(declared.type)
    order = order or _order(shape, dtype)
    if dtype is None or order not in ORDERS or len(shape) != len(order):
        raise BrokenBundleError(
            "the input is not a picture of 3 channels in float32, float16 or uint8, or its order cannot be told "
            f"(give order: {', '.join(ORDERS)}); the model has {description}"
        )
    return dtype, order, dict(zip(order, shape, strict=True))


def noise(dtype: str, order: Order, batch: int, size: tuple[int, int]) -> NDArray[np.generic]:
    """The same noise every time: 0 to 255 in bytes, 0 to 1 in floats."""
    axes = {"n": batch, "c": 3, "h": size[0], "w": size[1]}
    values = np.random.default_rng(0).integers(0, 256, [axes[axis] for axis in order]).astype(np.float32)
    return values.astype(dtype) if dtype == "uint8" else (values / 255).astype(dtype)


def describe(session: Session, metadata: Mapping[str, str]) -> str:
    """The inputs, the outputs and what the metadata says of the task, in one line."""
    inputs = ", ".join(_tensor(tensor) for tensor in session.get_inputs())
    outputs = ", ".join(_tensor(tensor) for tensor in session.get_outputs())
    task = f"; metadata task {metadata['task']!r}" if "task" in metadata else ""
    return f"inputs: {inputs}; outputs: {outputs}{task}"


def _tensor(tensor: Any) -> str:
    shape = ", ".join("?" if side is None else str(side) for side in tensor.shape)
    kind = tensor.type
    return f"{tensor.name} {kind[7:-1] if kind.startswith('tensor(') else kind} [{shape}]"


def _shape(declared: list[Any]) -> Shape:
    return tuple(side if isinstance(side, int) and side > 0 else None for side in declared)


def _order(shape: Shape, dtype: str | None) -> Order | None:
    if len(shape) == 3:
        return "chw" if shape[0] in (3, None) else None
    if len(shape) != 4:
        return None
    if shape[1] == 3:
        return "nchw"
    if shape[3] == 3:
        return "nhwc"
    # Nothing said: TensorFlow's detectors take bytes with the channels last, everything else has them first.
    both_open = shape[1] is None and shape[3] is None
    return ("nhwc" if dtype == "uint8" else "nchw") if both_open or shape[1] is None else None


def _given_size(overrides: Mapping[str, Any]) -> tuple[int, int] | None:
    match overrides.get("size"):
        case [int(height), int(width)] if height > 0 and width > 0:
            return height, width
    return None


def _trained_size(metadata: Mapping[str, str]) -> tuple[int, int] | None:
    try:
        return _given_size({"size": ast.literal_eval(metadata.get("imgsz", "None"))})
    except (ValueError, SyntaxError):
        return None


def _run(session: Session, name: str, tensor: NDArray[np.generic], description: str) -> dict[str, NDArray[Any]]:
    try:
        values = session.run(None, {name: tensor})
    except Exception as error:  # onnxruntime's own exceptions share no narrower base
        raise BrokenBundleError(
            f"the model does not run on an input of {list(tensor.shape)}: {error}; it has {description}"
        ) from None
    return {output.name: value for output, value in zip(session.get_outputs(), values, strict=True)}

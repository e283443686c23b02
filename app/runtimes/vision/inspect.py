"""An ONNX file -> how it has to be fed and read, settled once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.runtimes.onnx import open_session
from app.runtimes.vision.graph import Graph, Session, noise, read_graph
from app.runtimes.vision.layouts import LAYOUTS
from app.runtimes.vision.names import class_names
from app.runtimes.vision.options import VisionOptions, VisionTask
from app.runtimes.vision.runtime import VisionRuntime, read_options
from app.signature import Target

# Pictures in one run of a graph that takes any number: more gain little on one thread and hold memory.
BATCH = 8


@dataclass(frozen=True)
class Inspection:
    """How a model is to be served. classes: from its metadata; a classifier without any gets numbered ones."""

    options: VisionOptions
    task: VisionTask
    classes: tuple[str, ...] | None


def inspect(artifact: Path, overrides: Mapping[str, Any]) -> Inspection:
    """Tell a model's convention and settle its options; whatever `overrides` names wins over what is told.

    Raises BrokenBundleError, with the model's inputs and outputs, where it cannot be told, where an override is
    wrong, and where the model does not answer a picture with the options so settled.
    """
    session = open_session(artifact)
    graph = read_graph(session, overrides)
    _check_names(graph, overrides.get("outputs") or {})
    options = _options(session, graph, overrides)
    classes = class_names(graph, _count(graph, options))
    _try(session, graph, options, classes)
    return Inspection(options, options.task, classes)


def _check_names(graph: Graph, names: Any) -> None:
    if not isinstance(names, Mapping) or not set(names.values()) <= graph.outputs.keys():
        raise graph.broken(f"the outputs given are not role -> name of an output: {names!r}")


def _options(session: Session, graph: Graph, overrides: Mapping[str, Any]) -> VisionOptions:
    layout = overrides.get("layout") or _tell(graph)
    if layout not in LAYOUTS:
        raise graph.broken(f"the layout {layout!r} is not known; there are {', '.join(LAYOUTS)}")
    defaults = {"layout": layout, "order": graph.order, "dtype": graph.dtype, **LAYOUTS[layout].defaults(graph)}
    if not defaults["outputs"]:
        raise graph.broken(f"the layout {layout!r} does not find its outputs; give outputs: the name of each role")
    defaults |= _batching(session, graph, overrides.get("batched", defaults.get("batched", True)))
    return read_options(defaults | dict(overrides))


def _tell(graph: Graph) -> str:
    for name, layout in LAYOUTS.items():
        if layout.fits(graph):
            return name
    raise graph.broken(f"the model follows no known convention; give its layout, one of {', '.join(LAYOUTS)}")


def _batching(session: Session, graph: Graph, batched: bool) -> dict[str, Any]:
    if not batched:
        return {"batch": 1}
    if graph.batch is not None:
        return {"batch": graph.batch, "fixed_batch": graph.batch > 1}
    return {"batch": BATCH if _takes_two(session, graph) else 1}


def _takes_two(session: Session, graph: Graph) -> bool:
    """Whether two pictures at once get the answers of each alone: many graphs only claim an open batch axis."""
    pair = noise(graph.dtype, graph.order, 2, graph.probe_size)
    try:
        together = session.run(None, {graph.input_name: pair})
        alone = [session.run(None, {graph.input_name: pair[index : index + 1]}) for index in (0, 1)]
        return all(
            len(value) == 2 and np.allclose(value, np.concatenate(parts), 1e-3, 1e-3, equal_nan=True)
            for value, *parts in zip(together, *alone, strict=True)
        )
    except Exception:  # onnxruntime's own exceptions share no narrower base, and shapes may not fit together
        return False


def _count(graph: Graph, options: VisionOptions) -> int | None:
    """How many classes a classifier tells apart."""
    if options.task != "classification":
        return None
    row = graph.outputs[options.outputs["probabilities"]][0]
    return int(row.size) - options.label_offset


def _try(session: Session, graph: Graph, options: VisionOptions, classes: tuple[str, ...] | None) -> None:
    """Answer one small picture, as serving will."""
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    try:
        VisionRuntime(session, options, Target(name="try", classes=classes)).predict({"image": picture[None]})
    except Exception as error:  # options that do not belong to the graph can fail anywhere
        raise graph.broken(f"the layout {options.layout!r} does not read a picture's answer: {error}") from None

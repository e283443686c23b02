"""The names of a model's classes, where its metadata have them."""

from typing import Any

from app.errors import BrokenBundleError
from app.runtimes.vision.graph import Graph

# Ultralytics writes the first; there is no convention beyond it.
KEYS = ("names", "classes", "labels")
# More classes than any data set has: a wrong index must not fill memory with numbered ones.
MOST = 100_000


def class_names(graph: Graph, count: int | None) -> tuple[str, ...] | None:
    """Names by class id, those that are missing numbered; exactly `count` of them where that is known.

    None where the metadata have none. Raises BrokenBundleError where Ultralytics' cannot be read.
    """
    names = _from_metadata(graph)
    if count is None:
        return names
    return names if names is not None and len(names) == count else tuple(map(numbered, range(count)))


def numbered(class_id: int) -> str:
    """What a class without a name is called."""
    return f"class {class_id}"


def _from_metadata(graph: Graph) -> tuple[str, ...] | None:
    for key in KEYS:
        try:
            names = _by_id(graph.literal(key))
        except BrokenBundleError:
            if "task" in graph.metadata:
                raise
            continue
        if names:
            return tuple(names.get(class_id, numbered(class_id)) for class_id in range(max(names) + 1))
    return None


def _by_id(value: Any) -> dict[int, str]:
    """A list of names, or names by number, the numbers perhaps as text; empty where it is neither."""
    items = dict(enumerate(value)) if isinstance(value, (list, tuple)) else value
    if not isinstance(items, dict) or not all(str(key).isdecimal() and int(key) < MOST for key in items):
        return {}
    return {int(key): str(name) for key, name in items.items()}

"""What the processes inherit that are started for a moment's work beside the workers."""

import os


def environment() -> dict[str, str]:
    """All but the directory in which workers count: a file of each such process would be left there."""
    return {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}

from pathlib import Path

import pytest

from tests.runtimes.vision.graphs import GraphFile


@pytest.fixture
def graph(tmp_path: Path) -> GraphFile:
    return GraphFile(tmp_path)

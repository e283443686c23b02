"""A bundle's own code leaves nothing behind."""

import sys

from app.engine.model import Loading, load_model
from app.repository.bundle import read_bundle
from tests.bundles import constant
from tests.fakes import MAX_PIXELS


def test_no_bytecode_is_written_beside_the_code(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = constant(tmp_path, "m", 1, 1)
    for _ in range(2):  # a file that the manifest does not name would be refused
        load_model(read_bundle(path), Loading(MAX_PIXELS))
    assert sorted(file.name for file in (path / "code").iterdir()) == ["own.py"]
    assert not sys.dont_write_bytecode

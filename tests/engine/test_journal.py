"""A load that ends the process is remembered beyond it."""

import pytest

from app.engine.journal import MOST_ENDINGS, Journal
from app.engine.model import Loading
from app.engine.registry import Registry
from app.errors import BrokenBundleError
from tests.bundles import predictor, state_of, write_bundle
from tests.fakes import MAX_PIXELS


def test_a_load_that_never_finishes_is_begun_only_so_often(tmp_path):
    path = tmp_path / "loading.json"
    for _ in range(MOST_ENDINGS):
        Journal(path).begin("m/1")  # and the process is gone
    with pytest.raises(BrokenBundleError, match="has ended the service"):
        Journal(path).begin("m/1")
    Journal(path).begin("m/2")


def test_a_load_that_is_over_counts_no_more(tmp_path):
    for _ in range(3 * MOST_ENDINGS):
        journal = Journal(tmp_path / "loading.json")
        journal.begin("m/1")
        journal.end("m/1")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"m/1": "often"}'])
def test_a_file_that_says_nothing_is_none(tmp_path, content):
    path = tmp_path / "loading.json"
    path.write_bytes(content)
    Journal(path).begin("m/1")
    assert path.read_bytes() == b'{"m/1":1}'


def test_a_version_that_ended_the_service_is_left_out_and_the_others_load(tmp_path):
    models, noted = tmp_path / "models", tmp_path / "loading.json"
    write_bundle(models, "fatal", 1, predictor(1, "raise SystemExit"), 1)
    write_bundle(models, "good", 1, predictor(1), 1)
    for _ in range(MOST_ENDINGS):
        journal = Journal(noted)
        journal.end = lambda key: None  # what a crash leaves undone
        with pytest.raises(SystemExit):
            Registry("good", Loading(MAX_PIXELS), journal=journal).update(state_of(models))
    registry = Registry("good", Loading(MAX_PIXELS), journal=Journal(noted))
    registry.update(state_of(models))
    assert "has ended the service" in registry.failures["fatal", "1"]
    assert registry.resolve().name == "good"

"""What the watcher and the service tell each other."""

from pathlib import Path

from app.repository.state import (
    State,
    Taken,
    Tried,
    forget_taken,
    read_state,
    read_taken,
    state_lock,
    write_state,
    write_taken,
)
from app.repository.traffic import Traffic

STATE = State(
    terms="t",
    root=Path("/models"),
    versions={"churn": {"1": Tried(fingerprint="a"), "2": Tried(fingerprint="b", reason="no")}},
    traffic={"churn": Traffic(traffic={1: 100})},
    problems={"fraud": "bad"},
)


def test_a_state_is_read_as_it_was_written(tmp_path):
    assert read_state(tmp_path) is None
    write_state(tmp_path, STATE)
    assert read_state(tmp_path) == STATE
    assert read_state(tmp_path).digest == STATE.digest
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_a_state_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "state.json").write_text('{"format": "of another release"}')
    assert read_state(tmp_path) is None


def test_another_state_has_another_digest():
    assert STATE.digest != STATE.model_copy(update={"traffic": {}}).digest


def test_a_version_is_found():
    assert STATE.find("churn", "2").reason == "no"
    assert STATE.find("churn", "3") is None
    assert STATE.find("fraud", "1") is None


def test_who_serves_is_noted_and_forgotten(tmp_path):
    forget_taken(tmp_path)
    assert read_taken(tmp_path) is None
    write_taken(tmp_path, Taken(pid=7, digest="d"))
    assert read_taken(tmp_path) == Taken(pid=7, digest="d")
    forget_taken(tmp_path)
    assert read_taken(tmp_path) is None


def test_the_lock_makes_the_run_directory(tmp_path):
    with state_lock(tmp_path / "run") as ours:
        assert ours
        assert (tmp_path / "run").is_dir()
        with state_lock(tmp_path / "run", wait=False) as also_ours:
            assert not also_ours
    with state_lock(tmp_path / "run", wait=False) as ours:
        assert ours

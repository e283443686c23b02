"""From one state of the repository to the next."""

import shutil

import pytest

from app.engine.handover import announce, take_over
from app.engine.model import Loading
from app.engine.registry import Registry, VersionState
from app.errors import NotReadyError, UnknownVersionError
from app.repository.local import fingerprint
from app.repository.state import State, Tried, read_taken, write_state
from app.repository.traffic import Traffic
from tests.bundles import constant, predictor, write_bundle
from tests.fakes import MAX_PIXELS


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    for version in (1, 2, 3):
        constant(folder, "m", version, version)
    return folder


@pytest.fixture
def registry():
    return Registry("m", Loading(MAX_PIXELS))


def state(models, *versions, reasons=None, traffic=None, problems=None):
    reasons = reasons or {}
    tried = {
        str(version): Tried(fingerprint=fingerprint(models / "m" / str(version)), reason=reasons.get(version))
        for version in versions
    }
    return State(
        terms="", root=models, versions={"m": tried} if tried else {}, traffic=traffic or {}, problems=problems or {}
    )


def test_what_is_approved_is_loaded_and_what_is_gone_is_dropped(registry, models):
    registry.update(state(models, 1, 2))
    first = registry.resolve(version="1")
    registry.update(state(models, 1, 3))
    assert registry.versions("m") == ["1", "3"]
    assert registry.resolve(version="1") is first
    registry.update(state(models))
    assert not registry.models()
    assert not registry.ready


def test_what_was_not_approved_is_not_loaded(registry, models):
    write_bundle(models, "m", 4, predictor(4, "raise SystemError('loaded')"), 4)
    registry.update(state(models, 1, 4, reasons={4: "it ended the process"}))
    assert registry.failures == {("m", "4"): "it ended the process"}
    assert registry.ready
    with pytest.raises(NotReadyError, match="version 4 is not ready: it ended the process"):
        registry.resolve("m", "4")
    registry.update(state(models, 1))
    assert registry.failures == {}


def test_a_model_that_came_later_and_never_loaded_does_not_make_the_service_unready(registry, models):
    write_bundle(models, "late", 1, predictor(4), 4)
    late = {"late": {"1": Tried(fingerprint="", reason="no")}}
    start = state(models, 1)
    for demanded, ready in ((None, False), (("late", "m"), False), (("m",), True)):
        registry.update(start.model_copy(update={"versions": {**start.versions, **late}, "demanded": demanded}))
        assert registry.ready == ready
        assert registry.failures == {("late", "1"): "no"}
    registry.update(start.model_copy(update={"versions": late, "demanded": ()}))
    assert not registry.ready


def test_what_changed_after_it_was_approved_is_not_loaded(registry, models):
    approved = state(models, 1)
    constant(models, "m", 1, 100)
    registry.update(approved)
    assert "has changed since it was tried" in registry.failures["m", "1"]
    registry.update(state(models, 1))
    assert registry.ready


def test_a_version_that_was_replaced_is_loaded_anew(registry, models):
    registry.update(state(models, 1))
    before = registry.resolve()
    constant(models, "m", 1, 100)
    registry.update(state(models, 1))
    assert registry.resolve() is not before


def test_a_version_that_was_replaced_by_a_bad_one_goes_on_as_it_was_loaded(registry, models):
    registry.update(state(models, 1))
    before = registry.resolve()
    shutil.rmtree(models / "m" / "1" / "code")
    registry.update(state(models, 1, reasons={1: "own.py is missing"}))
    assert registry.resolve() is before
    assert registry.failures == {("m", "1"): "own.py is missing"}


def test_labels_shares_and_shadows_are_followed(registry, models):
    traffic = Traffic(labels={"stable": 1, "canary": 2, "old": 9}, traffic={1: 80, 2: 20}, shadow=3, sticky="X-User")
    registry.update(state(models, 1, 2, 3, traffic={"m": traffic}))
    assert registry.resolve("m", "stable").version == "1"
    assert registry.resolve("m", "canary").version == "2"
    with pytest.raises(UnknownVersionError, match="has no version 'old'; loaded: 1, 2, 3"):
        registry.resolve("m", "old")
    assert registry.resolve("m").version == "1"
    assert registry.models()["m"].version == "1"
    asked = {registry.resolve("m", ask={"X-User": str(number)}.get).version for number in range(60)}
    assert asked == {"1", "2"}
    assert registry.shadow("m").version == "3"
    assert registry.states("m") == [
        VersionState("1", "ready", 80, ("stable",)),
        VersionState("2", "ready", 20, ("canary",)),
        VersionState("3", "ready", 0, (), True),
    ]


def test_a_label_of_a_version_that_failed_says_why(registry, models):
    traffic = {"m": Traffic(labels={"canary": 2})}
    registry.update(state(models, 1, 2, reasons={2: "no"}, traffic=traffic))
    with pytest.raises(NotReadyError, match="version 2 is not ready: no"):
        registry.resolve("m", "canary")
    assert registry.states("m")[1] == VersionState("2", "failed", 0, ("canary",), False, "no")


def test_a_shadow_that_is_not_ready_is_none(registry, models):
    registry.update(state(models, 1, traffic={"m": Traffic(shadow=2)}))
    assert registry.shadow("m") is None
    assert registry.shadow("other") is None


def test_the_master_takes_over_what_was_published_and_says_so(registry, models, tmp_path):
    take_over(registry, tmp_path, 0)
    assert read_taken(tmp_path) is None
    published = state(models, 1, problems={"m": "bad"})
    write_state(tmp_path, published)
    take_over(registry, tmp_path, 0)
    assert registry.versions("m") == ["1"]
    assert registry.problems == {"m": "bad"}
    assert read_taken(tmp_path).digest == published.digest
    announce(registry, tmp_path / "gone")

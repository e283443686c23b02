"""Looking over a repository: what is tried, what is remembered, what is published."""

import json
import logging
import shutil

import pytest

from app.engine import review as module
from app.engine.model import Loading
from app.engine.review import Terms, review
from app.repository.local import LocalRepository
from app.repository.state import Tried, read_state, state_lock
from app.repository.traffic import Traffic
from tests.bundles import constant
from tests.fakes import MAX_PIXELS
from tests.repository.unreadable import unreadable

LOADING = Loading(MAX_PIXELS)
TERMS = Terms(LOADING, 5)
FIRST = Terms(LOADING, 1, first=True)


class Trials:
    """Stands in for the processes: it notes what it is asked to try, and fails what it is told to."""

    def __init__(self):
        self.reasons = {}
        self.asked = []

    def __call__(self, paths, loading, seconds, scratch):
        names = [f"{path.parent.name}/{path.name}" for path in paths]
        self.asked.append((names, seconds))
        return {path: self.reasons.get(name) for path, name in zip(paths, names, strict=True)}


@pytest.fixture
def trials(monkeypatch):
    trials = Trials()
    monkeypatch.setattr(module, "try_bundles", trials)
    return trials


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    for version in (1, 2):
        constant(folder, "m", version, version)
    return folder


@pytest.fixture
def look(tmp_path, models):
    return lambda terms=TERMS: review(LocalRepository(models), tmp_path / "run", terms)


def reasons(state):
    return {version: tried.reason for version, tried in state.versions["m"].items()}


def test_what_is_new_is_tried_once_and_published(look, trials, tmp_path, models):
    state = look()
    assert reasons(state) == {"1": None, "2": None}
    assert read_state(tmp_path / "run") == state
    assert state.root == models
    assert look() == state
    constant(models, "m", 3, 3)
    look()
    assert trials.asked == [(["m/1", "m/2"], 5), (["m/3"], 5)]


def test_what_is_gone_is_gone(look, trials, models):
    look()
    shutil.rmtree(models / "m" / "2")
    assert reasons(look()) == {"1": None}
    constant(models, "other", 1, 1)
    shutil.rmtree(models / "m")
    assert list(look().versions) == ["other"]


@pytest.mark.parametrize("lost", ["an unmounted volume", "its last model"])
def test_a_directory_without_any_model_is_a_loss_until_a_new_start(look, trials, models, tmp_path, lost):
    before = look()
    shutil.move(models / "m", tmp_path / "m")
    for _ in range(2):
        with pytest.raises(FileNotFoundError, match=rf"{models} holds no model any more: taken for a loss"):
            look()
    assert read_state(tmp_path / "run") == before
    if lost == "an unmounted volume":
        shutil.move(tmp_path / "m", models / "m")
        assert look() == before
    else:
        assert look(FIRST).versions == {}
        assert look().versions == {}


def test_a_directory_that_never_held_a_model_is_no_loss(look, trials, models):
    shutil.rmtree(models / "m")
    assert look(FIRST).versions == {}
    assert look().versions == {}


def test_at_a_start_all_models_are_demanded_and_later_those_that_were_ever_good(look, trials, models, tmp_path):
    trials.reasons |= {"bad/1": "no", "late/1": "no", "gone/1": "no"}
    constant(models, "bad", 1, 1)
    assert look(FIRST).demanded == ("bad", "m")
    for name in ("late", "new", "gone"):
        constant(models, name, 1, 1)
    assert look().demanded == ("bad", "m", "new")
    assert look(FIRST).demanded == ("bad", "m", "new")  # another master of the same service
    trials.reasons.clear()
    shutil.rmtree(models / "gone")
    shutil.rmtree(models / "bad")
    (models / "late" / "1" / "manifest.json").touch()
    assert look().demanded == ("late", "m", "new")
    trials.reasons["late/1"] = "no"
    (models / "late" / "1" / "manifest.json").touch()
    assert look().demanded == ("late", "m", "new")
    (tmp_path / "run" / "state.json").unlink()
    assert look(FIRST).demanded == ("late", "m", "new")


def test_where_the_repository_has_not_been_reached_yet_the_first_look_that_does_demands_all(look, trials, models):
    shutil.move(models, models.with_name("elsewhere"))
    assert look(FIRST).demanded is None
    shutil.move(models.with_name("elsewhere"), models)
    trials.reasons |= {"m/1": "no", "m/2": "no"}
    assert look().demanded == ("m",)


def test_what_is_written_anew_is_tried_anew(look, trials, models):
    before = look()
    constant(models, "m", 2, 22)
    assert look().find("m", "2").fingerprint != before.find("m", "2").fingerprint
    (models / "m" / "1" / "manifest.json").touch()
    look()
    assert [names for names, _ in trials.asked] == [["m/1", "m/2"], ["m/2"], ["m/1"]]


def test_what_failed_is_tried_again_only_when_it_changes(look, trials, models, caplog):
    trials.reasons["m/2"] = "no"
    assert reasons(look()) == {"1": None, "2": "no"}
    assert "model m/2 cannot be loaded: no" in caplog.text
    look()
    assert len(trials.asked) == 1
    trials.reasons.clear()
    (models / "m" / "2" / "manifest.json").touch()
    assert reasons(look()) == {"1": None, "2": None}


def test_at_a_start_failures_get_another_chance_and_one_more_at_the_next_look(look, trials, caplog):
    trials.reasons["m/2"] = "too slow"
    look(FIRST)
    assert look().find("m", "2") == Tried(fingerprint=look().find("m", "2").fingerprint, reason="too slow")
    look()
    look(FIRST)
    assert trials.asked == [(["m/1", "m/2"], 1), (["m/2"], 5), (["m/2"], 1)]
    assert caplog.text.count("too slow") == 1


def test_a_start_during_another_look_takes_what_was_published_before(look, trials, models, tmp_path):
    before = look()
    constant(models, "m", 3, 3)
    with state_lock(tmp_path / "run"):
        assert look(FIRST) == before
    assert "3" in look(FIRST).versions["m"]


def test_other_terms_try_everything_again(look, trials):
    look()
    look(Terms(Loading(MAX_PIXELS, same_libraries=True), 5))
    assert len(trials.asked) == 2


def test_traffic_is_published_and_a_bad_file_leaves_the_last_good_one(look, trials, models, caplog):
    path = models / "m" / "traffic.json"
    assert look().traffic == {}
    path.write_text(json.dumps({"traffic": {"1": 100}}))
    assert look().traffic == {"m": Traffic(traffic={1: 100})}
    path.write_text(json.dumps({"traffic": {"1": 10}}))
    for _ in range(2):
        state = look()
        assert state.traffic == {"m": Traffic(traffic={1: 100})}
        assert "sum to 10" in state.problems["m"]
    assert caplog.text.count("the last good one goes on") == 1
    path.unlink()
    state = look()
    assert (state.traffic, state.problems) == ({}, {})


def test_a_lost_directory_is_no_wish(look, trials, models, caplog):
    before = look()
    shutil.move(models, models.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError, match="there is no directory"):
        look()
    with caplog.at_level(logging.ERROR):
        assert look(FIRST).versions == {}
    assert "the repository cannot be read" in caplog.text
    shutil.move(models.with_name("elsewhere"), models)
    assert look() == before


class Remote:
    def __init__(self, root, missing):
        self.root = root
        self._missing = missing

    def sync(self):
        return self._missing


def test_what_could_not_be_had_is_told_unless_an_earlier_one_is_here(trials, models, tmp_path):
    state = review(Remote(models, {("m", "2"): "cut", ("m", "10"): "cut"}), tmp_path / "run", TERMS)
    assert reasons(state) == {"1": None, "2": None, "10": "cut"}


@pytest.mark.parametrize("place", [".", "m"])
def test_what_cannot_be_read_stays_as_it_was(look, trials, models, tmp_path, place):
    before = look()
    with unreadable(models / place), pytest.raises(PermissionError):
        look()
    assert read_state(tmp_path / "run") == before
    assert look() == before


@pytest.mark.parametrize("place", [".", "m"])
def test_a_first_look_goes_on_without_what_cannot_be_read_and_the_next_one_demands_it(
    look, trials, models, caplog, place
):
    with unreadable(models / place):
        state = look(FIRST)
    assert (state.versions, state.demanded) == ({}, None)
    assert "the repository cannot be read" in caplog.text
    trials.reasons |= {"m/1": "no", "m/2": "no"}
    assert look().demanded == ("m",)


def test_a_restart_goes_on_with_what_can_be_read_and_says_what_cannot(look, trials, models):
    constant(models, "other", 1, 1)
    before = look()
    trials.reasons |= {"m/1": "it cannot be read", "m/2": "it cannot be read"}
    with unreadable(models / "m"):
        state = look(FIRST)
    assert (reasons(state), state.demanded) == (dict.fromkeys("12", "it cannot be read"), before.demanded)
    assert state.versions["other"] == before.versions["other"]
    trials.reasons.clear()
    assert look() == before


def test_an_empty_mount_at_a_restart_forgets_no_demand(look, trials, models, tmp_path):
    look(FIRST)
    shutil.move(models / "m", tmp_path / "m")
    assert look(FIRST).demanded == ("m",)
    assert look().demanded == ("m",)
    shutil.move(tmp_path / "m", models / "m")
    trials.reasons |= {"m/1": "no", "m/2": "no"}
    assert look().demanded == ("m",)

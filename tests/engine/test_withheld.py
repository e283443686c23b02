"""Models that are out of service: seen at once by all who share the folder, and forgotten with the model."""

import pytest

from app.engine.model import Loading
from app.engine.registry import Registry
from app.engine.withheld import Withheld
from app.errors import UnknownModelError
from app.repository.state import State
from tests.fakes import MAX_PIXELS, make_model


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run" / "unloaded"


def service(folder):
    """A process of a service that shares the folder."""
    registry = Registry("sum", Loading(MAX_PIXELS), withheld=Withheld(folder))
    registry.add(make_model())
    registry.add(make_model(name="other"))
    return registry


def test_all_processes_see_it_at_once(folder):
    one, other = service(folder), service(folder)
    one.unload("sum")
    for registry in (one, other):
        with pytest.raises(UnknownModelError, match="model 'sum' is unloaded"):
            registry.resolve("sum")
        assert list(registry.models()) == ["other"]
        assert [(state.version, state.state) for state in registry.states("sum")] == [("1", "unloaded")]
    other.load("sum")
    assert one.resolve("sum").name == "sum"


def test_the_default_is_not_answered_by_another_meanwhile(folder):
    registry = service(folder)
    registry.unload("sum")
    assert registry.ready
    with pytest.raises(UnknownModelError):
        registry.resolve()


@pytest.mark.parametrize("verb", ["load", "unload"])
def test_twice_is_as_good_as_once(folder, verb):
    registry = service(folder)
    getattr(registry, verb)("sum")
    getattr(registry, verb)("sum")
    assert ("sum" in registry.models()) == (verb == "load")


def test_what_comes_back_under_the_name_of_a_model_that_is_gone_is_not_withheld(folder, tmp_path):
    registry = service(folder)
    registry.unload("sum")
    registry.unload("other")
    registry.update(State(terms="", root=tmp_path, versions={"other": {}}))
    registry.add(make_model())
    registry.add(make_model(name="other"))
    assert list(registry.models()) == ["sum"]
    assert set(Withheld(folder)) == {"other"}


def test_where_all_models_are_lost_at_once_nobody_loads_one_again(folder, tmp_path):
    registry = service(folder)
    registry.unload("sum")
    registry.update(State(terms="", root=tmp_path))
    registry.add(make_model())
    assert not registry.models()

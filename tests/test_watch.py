"""Who is told of what, and how often."""

import logging
import os
import signal

import pytest

from app import watch
from app.repository.state import State, Taken, write_taken
from app.settings import Settings


@pytest.fixture
def told(monkeypatch):
    signals = []
    monkeypatch.setattr(os, "kill", lambda pid, number: signals.append((pid, number)))
    return signals


@pytest.fixture
def published(monkeypatch, tmp_path):
    states = [State(terms="", root=tmp_path)]
    monkeypatch.setattr(watch, "look", lambda settings: states[-1])
    return states


@pytest.fixture
def watcher(tmp_path):
    return watch.Watcher(Settings(run_dir=tmp_path))


def test_nobody_is_told_before_somebody_serves(watcher, told, published):
    watcher.look()
    assert told == []


def test_who_serves_something_else_is_told_once(watcher, told, published, tmp_path):
    write_taken(tmp_path, Taken(pid=7, digest="another"))
    watcher.look()
    watcher.look()
    assert told == [(7, signal.SIGHUP)]
    write_taken(tmp_path, Taken(pid=7, digest=published[-1].digest))
    watcher.look()
    assert len(told) == 1
    published.append(State(terms="", root=tmp_path, problems={"m": "bad"}))
    watcher.look()
    assert len(told) == 2


def test_a_new_master_that_came_too_early_is_told_as_well(watcher, told, published, tmp_path):
    for pid in (7, 8):
        write_taken(tmp_path, Taken(pid=pid, digest="another"))
        watcher.look()
    assert [pid for pid, _ in told] == [7, 8]


def test_trouble_is_logged_once_and_survived(watcher, told, published, monkeypatch, tmp_path, caplog):
    write_taken(tmp_path, Taken(pid=7, digest="another"))

    def fail(settings):
        raise ConnectionError("the bucket is away")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(watch, "look", fail)
        watcher.look()
        watcher.look()
    assert caplog.text.count("the repository cannot be looked over: ConnectionError: the bucket is away") == 1
    watcher.look()
    assert told == [(7, signal.SIGHUP)]


def test_a_master_that_has_just_died_is_no_trouble(watcher, published, monkeypatch, tmp_path):
    write_taken(tmp_path, Taken(pid=7, digest="another"))

    def gone(pid, number):
        raise ProcessLookupError

    monkeypatch.setattr(os, "kill", gone)
    watcher.look()

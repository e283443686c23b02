"""The container's share of the processors."""

import os

import pytest

from app.cpus import available_cpus


@pytest.fixture(autouse=True)
def eight_processors(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def v2(root, text):
    (root / "cpu.max").write_text(text)


def v1(root, quota, period):
    (root / "cpu").mkdir()
    (root / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (root / "cpu" / "cpu.cfs_period_us").write_text(period)


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("max 100000\n", 8),
        ("100000 100000\n", 1),
        ("150000 100000\n", 2),
        ("300000 100000\n", 3),
        ("10000 100000\n", 1),
        ("100000 50000\n", 2),
        ("9900000 100000\n", 8),
        ("", 8),
        ("max", 8),
        ("a b\n", 8),
        ("200000 0\n", 8),
        ("-1 100000\n", 8),
    ],
)
def test_the_quota_of_cgroups_v2(tmp_path, text, cpus):
    v2(tmp_path, text)
    assert available_cpus(tmp_path) == cpus


@pytest.mark.parametrize(
    ("quota", "period", "cpus"),
    [
        ("-1\n", "100000\n", 8),
        ("250000\n", "100000\n", 3),
        ("0\n", "100000\n", 8),
        ("x\n", "100000\n", 8),
        ("200000\n", "0\n", 8),
    ],
)
def test_the_quota_of_cgroups_v1(tmp_path, quota, period, cpus):
    v1(tmp_path, quota, period)
    assert available_cpus(tmp_path) == cpus


def test_a_v1_quota_without_its_period_is_none(tmp_path):
    v1(tmp_path, "200000\n", "100000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").unlink()
    assert available_cpus(tmp_path) == 8


def test_without_a_quota_the_affinity_counts(tmp_path):
    assert available_cpus(tmp_path) == 8


def test_the_affinity_counts_where_it_is_smaller(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    v2(tmp_path, "400000 100000\n")
    assert available_cpus(tmp_path) == 1


def test_where_there_is_no_affinity_the_machine_s_processors_count(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert available_cpus(tmp_path) == 4
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cpus(tmp_path) == 1


def test_this_machine_has_at_least_one():
    assert available_cpus() >= 1

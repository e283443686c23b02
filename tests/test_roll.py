"""Rolling back and forth, in words and in traffic.json."""

import json

import pytest

from app import roll
from app.repository.state import State, Tried, write_state
from tests.bundles import constant


@pytest.fixture
def models(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    for version in (1, 2, 3):
        constant(folder, "churn", version, version)
    monkeypatch.setenv("SLIPWAY_MODELS", str(folder))
    monkeypatch.setenv("SLIPWAY_RUN_DIR", str(tmp_path / "run"))
    return folder


@pytest.fixture
def rolled(models, capsys):
    def run(*arguments):
        status = roll.main(["churn", *arguments])
        path = models / "churn" / "traffic.json"
        output = capsys.readouterr()
        return status, output.out + output.err, json.loads(path.read_text()) if path.exists() else None

    return run


def test_back_and_back_and_forth(rolled):
    status, said, traffic = rolled()
    assert (status, traffic) == (0, {"traffic": {"2": 100}})
    assert said == (
        "churn: version 2 answers; before: version 3 answers, the newest.\n"
        "Services follow at their next look, within 5 seconds by SLIPWAY_POLL_SECONDS.\n"
    )
    assert rolled()[2] == {"traffic": {"1": 100}}
    status, said, traffic = rolled()
    assert (status, traffic) == (2, {"traffic": {"1": 100}})
    assert said == "cannot roll churn: version 1 answers, and there is no older one that is ready\n"
    status, said, traffic = rolled("--release")
    assert (status, traffic) == (0, None)
    assert said.startswith("churn: version 3 answers, the newest; before: version 1 answers.\n")


def test_a_canary_begins_grows_and_is_taken_back(rolled):
    _, said, traffic = rolled("--canary", "3=10")
    assert traffic == {"traffic": {"2": 90, "3": 10}}
    assert said.startswith("churn: version 2 answers 90 % and version 3 answers 10 %; before: ")
    assert rolled("--canary", "3=60")[2] == {"traffic": {"2": 40, "3": 60}}
    assert rolled("--canary", "3=70")[2] == {"traffic": {"2": 30, "3": 70}}
    assert rolled()[2] == {"traffic": {"2": 100}}


def test_a_version_and_a_shadow_are_named(rolled):
    assert rolled("--to", "1", "--shadow", "3")[2] == {"traffic": {"1": 100}, "shadow": 3}
    assert rolled("--shadow", "2")[2] == {"traffic": {"1": 100}, "shadow": 2}
    assert rolled("--release")[2] == {"shadow": 2}
    status, said, traffic = rolled("--shadow", "off")
    assert (status, traffic) == (0, None)
    assert "before: version 3 answers, the newest, version 2 shadows" in said


def test_labels_stay(rolled, models):
    (models / "churn" / "traffic.json").write_text('{"labels": {"stable": 1}, "sticky": "X-User"}')
    assert rolled()[2] == {"labels": {"stable": 1}, "traffic": {"2": 100}, "sticky": "X-User"}
    assert rolled("--release")[2] == {"labels": {"stable": 1}, "sticky": "X-User"}


def test_a_version_that_failed_is_passed_over(rolled, models, tmp_path):
    tried = {"2": Tried(fingerprint="", reason="no"), "3": Tried(fingerprint="")}
    (tmp_path / "run").mkdir()
    write_state(tmp_path / "run", State(terms="", root=models, versions={"churn": tried}))
    assert rolled()[2] == {"traffic": {"1": 100}}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "7"], "version '7' is not ready; ready: 1, 2, 3"),
        (["--to", "new"], "version 'new' is not ready"),
        (["--canary", "3"], "--canary '3' is not accepted: VERSION=PERCENT, such as 2=10"),
        (["--canary", "3=150"], "--canary '3=150' is not accepted"),
        (["--shadow", "9"], "version '9' is not ready"),
    ],
)
def test_what_cannot_be_done_is_said_and_not_done(rolled, arguments, said):
    status, found, traffic = rolled(*arguments)
    assert (status, traffic) == (2, None)
    assert said in found


def test_a_model_that_is_not_there_is_said(models, capsys):
    assert roll.main(["chorn"]) == 2
    assert capsys.readouterr().err == f"cannot roll chorn: there is no version of it in {models}\n"


def test_a_service_that_does_not_look_must_be_started_again(rolled, monkeypatch):
    monkeypatch.setenv("SLIPWAY_POLL_SECONDS", "0")
    assert "services follow when they are started again" in rolled()[1]

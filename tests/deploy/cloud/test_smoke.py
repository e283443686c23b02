"""The prediction that ends a deployment, against the stack as `make run` starts it."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.engine import golden as engine
from deploy.cloud import smoke
from deploy.cloud.proof import DEFAULT
from tests.container.conftest import MakeStack
from tests.container.stack import ROOT, Stack, free_port

MODELS = ("digits", "iris", "diabetes", "mnist", "wine")


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack) -> Stack:
    return make_stack("native")


@pytest.fixture
def url(stack: Stack) -> str:
    return f"http://127.0.0.1:{stack.port}"


def bundle_of(model: str) -> tuple[str, dict[str, Any]]:
    folder = max((ROOT / "models" / model).iterdir(), key=lambda path: int(path.name))
    return f"{model}/{folder.name}", json.loads((folder / "golden.json").read_text())


def test_the_default_model_is_found_and_answers_as_where_it_was_trained(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert smoke.main("wait", url) == 0
    bundle = capsys.readouterr().out.strip()
    assert bundle == bundle_of("digits")[0]
    assert smoke.main("check", url, bundle, str(ROOT / "models" / bundle / "golden.json")) == 0
    said, line = capsys.readouterr().out.splitlines()
    assert url in said
    tried = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert json.loads(tried.stdout)["model"] == "digits"


def test_what_a_pod_is_asked_finds_the_default_model(stack: Stack) -> None:
    asked = DEFAULT.replace(":8080/", f":{stack.port}/")
    told = subprocess.run(["python3", "-c", asked], capture_output=True, text=True, check=True).stdout
    assert told == f"{bundle_of('digits')[0]}\n"


@pytest.mark.parametrize("model", MODELS)
def test_every_example_agrees(model: str, url: str) -> None:
    smoke.check(url, *bundle_of(model))


def shift(value: Any, by: float) -> Any:
    """Every measured number moved by a share of itself."""
    if isinstance(value, dict):
        return {key: shift(item, by) for key, item in value.items()}
    if isinstance(value, list):
        return [shift(item, by) for item in value]
    return value * (1 + by) if isinstance(value, float) else value


@pytest.mark.parametrize("model", ["digits", "iris", "diabetes"])
def test_a_number_that_is_off_is_found(model: str, url: str) -> None:
    bundle, golden = bundle_of(model)
    smoke.check(url, bundle, {**golden, "outputs": shift(golden["outputs"], 1e-6)})
    with pytest.raises(smoke.WrongAnswerError, match=r"row \d.* was expected"):
        smoke.check(url, bundle, {**golden, "outputs": shift(golden["outputs"], 1e-2)})


def test_another_label_or_count_or_mask_is_found(url: str) -> None:
    bundle, golden = bundle_of("iris")
    other = copy.deepcopy(golden)
    other["outputs"]["predictions"][1] = "setosa"
    with pytest.raises(smoke.WrongAnswerError, match="row 1: setosa was expected, versicolor came"):
        smoke.check(url, bundle, other)
    other = copy.deepcopy(golden)
    other["instances"].pop()
    with pytest.raises(smoke.WrongAnswerError, match="the number of rows: 3 was expected, 2 came"):
        smoke.check(url, bundle, other)
    bundle, golden = bundle_of("digits")
    golden["outputs"]["predictions"][0]["areas"][0] += 1
    with pytest.raises(smoke.WrongAnswerError, match="row 0, areas, 0"):
        smoke.check(url, bundle, golden)


def test_the_tolerances_are_the_engines() -> None:
    assert (smoke.RELATIVE, smoke.ABSOLUTE) == (engine.RELATIVE_TOLERANCE, engine.ABSOLUTE_TOLERANCE)
    assert smoke.PROBABILITY == engine.PROBABILITY_TOLERANCE


def test_a_refusal_is_told_in_the_services_words(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle, golden = bundle_of("iris")
    golden["instances"][0]["sepal_length"] = "long"
    (tmp_path / "golden.json").write_text(json.dumps(golden))
    assert smoke.main("check", url, bundle, str(tmp_path / "golden.json")) == 1
    assert "'long' is not a number" in capsys.readouterr().err


def test_where_nobody_answers_the_patience_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(smoke, "PATIENCE", 0)
    monkeypatch.setattr(smoke, "PAUSE", 0)
    url = f"http://127.0.0.1:{free_port()}"
    assert smoke.main("wait", url) == 1
    assert url in capsys.readouterr().err


def test_another_version_is_not_taken_for_the_new_one(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(smoke, "PATIENCE", 0)
    assert smoke.main("check", url, "iris/99", str(ROOT / "models" / bundle_of("iris")[0] / "golden.json")) == 1
    assert "99" in capsys.readouterr().err

"""A prediction from a service, held against what training-time code answered to the same rows.

python3 -m deploy.cloud.smoke wait URL                  waits for an answer; prints the default model, as digits/1
python3 -m deploy.cloud.smoke check URL MODEL/VERSION GOLDEN.JSON [--beside]
"""

import json
import math
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# A balancer's address may need minutes until it answers.
PATIENCE = float(os.environ.get("SMOKE_SECONDS", "600"))
PAUSE = 1.0
REQUEST_SECONDS = 65
# In a row, each over a connection of its own: there are several pods, and a balancer among them.
ANSWERS = 10
# The tolerances of app/engine/golden.py; scores leave the service in percent with two digits.
RELATIVE, ABSOLUTE, PROBABILITY, SCORE = 1e-5, 1e-6, 1e-5, 0.5e-4 + 1e-6


class WrongAnswerError(Exception):
    """The service answers, and not as it should; says where and how."""


def wait(url: str) -> str:
    """The model behind POST /predict and its version, once the service answers. Raises OSError when it does not."""
    (models,) = _in_a_row(1, lambda: _ask(f"{url}/models")["models"])
    (default,) = (model for model in models if model["default"])
    return f"{default['name']}/{default['version']}"


def check(url: str, bundle: str, golden: dict[str, Any], beside: bool = False) -> None:
    """Raises OSError without enough answers in a row, WrongAnswerError with another than the golden one.

    beside: pods that need not have this version answer as well, a canary's.
    """
    name, _, version = bundle.rpartition("/")
    body = json.dumps({"instances": golden["instances"]}).encode()

    def ask() -> None:
        answer = _ask(f"{url}/predict/{name}?version={version}", body)
        # What stands in front may drop the query.
        if answer["version"] != version:
            raise ValueError(f"version {answer['version']} answered, not {version}")
        _hold_rows(golden["outputs"], answer)

    _in_a_row(ANSWERS, ask, beside)


def _hold_rows(expected: dict[str, Any], answer: dict[str, Any]) -> None:
    _hold("the number of rows", len(expected["predictions"]), len(answer["predictions"]))
    for row, (want, got) in enumerate(zip(expected["predictions"], answer["predictions"], strict=True)):
        _hold(f"row {row}", want, _recorded(want, got))
    if expected["probabilities"] is not None:
        for row, (want, got) in enumerate(zip(expected["probabilities"], answer["probabilities"], strict=True)):
            _hold(f"row {row}, probabilities", want, _recorded(want, got), 0, PROBABILITY)


def example(url: str, name: str) -> str:
    """A curl line to try, as the service itself gives it."""
    return str(_ask(f"{url}/models/{name}")["requests"][0]["curl"])


def _in_a_row(number: int, ask: Callable[[], Any], beside: bool = False) -> Sequence[Any]:
    """So many answers, none of them refused in between; beside: but for those who do not have the version."""
    answers: list[Any] = []
    end = time.monotonic() + PATIENCE
    while len(answers) < number:
        try:
            answers.append(ask())
        except (OSError, ValueError) as error:
            status = error.code if isinstance(error, urllib.error.HTTPError) else 0
            if (400 <= status < 500 and status not in (404, 429)) or time.monotonic() > end:
                raise
            is_beside = beside and status == 404
            if not is_beside:
                answers.clear()
            time.sleep(PAUSE / 10 if is_beside else PAUSE)
    return answers


def _ask(url: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {})
    with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as reply:
        return json.load(reply)


def _recorded(want: Any, got: Any) -> Any:
    """What a reply says, as golden.json has it: without names, and with a mask's area instead of the mask."""
    if isinstance(want, list) and isinstance(got, dict):
        return list(got.values())
    return _areas(got) if isinstance(want, dict) else got


def _areas(instances: dict[str, Any]) -> dict[str, Any]:
    return {
        "boxes": instances["boxes"],
        "class_ids": instances["class_ids"],
        "scores": [score / 100 for score in instances["scores"]],
        "areas": [sum(mask["counts"][1::2]) for mask in instances["masks"]],
    }


def _hold(where: str, want: Any, got: Any, relative: float = RELATIVE, absolute: float = ABSOLUTE) -> None:
    if isinstance(want, dict) and isinstance(got, dict) and want.keys() == got.keys():
        for key, value in want.items():
            _hold(f"{where}, {key}", value, got[key], relative, SCORE if key == "scores" else absolute)
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for index, (one, other) in enumerate(zip(want, got, strict=True)):
            _hold(f"{where}, {index}", one, other, relative, absolute)
    elif isinstance(want, float) and type(got) in (int, float):
        if not abs(got - want) <= absolute + relative * abs(want) and not (math.isnan(want) and math.isnan(got)):
            raise WrongAnswerError(f"{where}: {want} was expected, {got} came")
    elif want != got:
        raise WrongAnswerError(f"{where}: {want} was expected, {got} came")


def main(verb: str, url: str, bundle: str = "", file: str = "", beside: str = "") -> int:
    try:
        if verb == "wait":
            print(wait(url))
            return 0
        check(url, bundle, json.loads(Path(file).read_text()), beside == "--beside")
        print(f"{bundle} answers at {url} as it should. Try:\n{example(url, bundle.rpartition('/')[0])}")
    except (OSError, ValueError, WrongAnswerError) as error:
        print(f"Slipway: {url}: {_in_words(error)}", file=sys.stderr)
        return 1
    return 0


def _in_words(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"{error}: {error.read().decode(errors='replace')}"
    return str(error)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

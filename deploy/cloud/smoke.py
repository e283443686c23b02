"""A prediction from a service, held against what training-time code answered to the same rows.

python3 -m deploy.cloud.smoke wait URL                  waits for an answer; prints the default model, as digits/1
python3 -m deploy.cloud.smoke check URL MODEL/VERSION GOLDEN.JSON
"""

import json
import math
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

# A balancer's address may need minutes until it answers, and the cluster's Service a moment to forget old pods.
PATIENCE = float(os.environ.get("SMOKE_SECONDS", "600"))
PAUSE = 1.0
REQUEST_SECONDS = 65
# The tolerances of app/engine/golden.py; scores leave the service in percent with two digits.
RELATIVE, ABSOLUTE, PROBABILITY, SCORE = 1e-5, 1e-6, 1e-5, 0.5e-4 + 1e-6


class WrongAnswerError(Exception):
    """The service answers, and not as it should; says where and how."""


def wait(url: str) -> str:
    """The model behind POST /predict and its version, once the service answers. Raises OSError when it does not."""
    models = _patiently(lambda: _ask(f"{url}/models"))["models"]
    (default,) = (model for model in models if model["default"])
    return f"{default['name']}/{default['version']}"


def check(url: str, bundle: str, golden: dict[str, Any]) -> None:
    """Raises OSError without an answer, WrongAnswerError with another than the golden one."""
    name, _, version = bundle.rpartition("/")
    body = json.dumps({"instances": golden["instances"]}).encode()
    answer = _patiently(lambda: _of_version(version, _ask(f"{url}/predict/{name}", body)))
    expected = golden["outputs"]
    _hold("the number of rows", len(expected["predictions"]), len(answer["predictions"]))
    for row, (want, got) in enumerate(zip(expected["predictions"], answer["predictions"], strict=True)):
        _hold(f"row {row}", want, _recorded(want, got))
    if expected["probabilities"] is not None:
        for row, (want, got) in enumerate(zip(expected["probabilities"], answer["probabilities"], strict=True)):
            _hold(f"row {row}, probabilities", want, _recorded(want, got), 0, PROBABILITY)


def example(url: str, name: str) -> str:
    """A curl line to try, as the service itself gives it."""
    return str(_ask(f"{url}/models/{name}")["requests"][0]["curl"])


def _patiently(ask: Any) -> Any:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except (OSError, ValueError) as error:
            if isinstance(error, urllib.error.HTTPError) and 400 <= error.code < 500 and error.code not in (404, 429):
                raise
            if time.monotonic() > end:
                raise
        time.sleep(PAUSE)


def _ask(url: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {})
    with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as reply:
        return json.load(reply)


def _of_version(version: str, answer: Any) -> Any:
    """Pods that are going, or a canary's, may still answer: then it is asked again."""
    if answer["version"] != version:
        raise ValueError(f"version {answer['version']} answered, not {version}")
    return answer


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


def main(verb: str, url: str, bundle: str = "", file: str = "") -> int:
    try:
        if verb == "wait":
            print(wait(url))
            return 0
        check(url, bundle, json.loads(Path(file).read_text()))
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

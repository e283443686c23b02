"""What `kubectl kustomize` makes of deploy/: every choice of components, and its objects by kind."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
OVERLAYS = ("gke", "aks", "minikube")
COMPONENTS = tuple(sorted(path.parent.name for path in DEPLOY.glob("components/*/kustomization.yaml")))
# These change what another component brings.
NEEDS = {"autoscale-requests": ("autoscale",), "tls": ("gateway",)}

Object = dict[str, Any]


class Choice(NamedTuple):
    """A directory of deploy/, and components beside those that it has chosen."""

    folder: str
    components: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " + ".join((Path(self.folder).name, *self.components))


def with_needs(components: Sequence[str], chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """The components that are not chosen yet, each after what it needs."""
    wanted = [name for component in components for name in (*NEEDS.get(component, ()), component)]
    return tuple(name for name in dict.fromkeys(wanted) if name not in chosen)


def chosen_by(overlay: str) -> list[str]:
    content = yaml.safe_load((DEPLOY / "overlays" / overlay / "kustomization.yaml").read_text())
    return [Path(component).name for component in content["components"]]


def choices() -> Iterator[Choice]:
    """Every overlay alone, with every component and with all of them; the base alone and with every component."""
    for overlay in OVERLAYS:
        chosen = chosen_by(overlay)
        sets = {with_needs(names, chosen) for names in [(), *((name,) for name in COMPONENTS), COMPONENTS]}
        yield from (Choice(f"overlays/{overlay}", names) for names in sorted(sets))
    yield Choice("base")
    yield from (Choice("base", with_needs((name,))) for name in COMPONENTS)


CHOICES = tuple(choices())
# In the other order a pair gives the same objects, but that of load-balancer and gateway the last one decides.
PAIRS = tuple(Choice("base", with_needs(pair)) for pair in itertools.combinations(COMPONENTS, 2))
OTHERS = (Choice("cloudrun"), Choice("kserve"))


def build(choice: Choice, **members: Any) -> list[Object]:
    """The objects of a choice, from outside, as whoever deploys builds it; members are the kustomization's own."""
    # Where kustomize follows links, a relative path from here would lead elsewhere.
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve()
        here = os.path.relpath(DEPLOY, folder)
        content = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [f"{here}/{choice.folder}"],
            "components": [f"{here}/components/{name}" for name in choice.components],
            **members,
        }
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
        done = subprocess.run([kubectl(), "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{choice}: {done.stderr}"
    assert not done.stderr, f"{choice}: {done.stderr}"
    return list(yaml.load_all(done.stdout, yaml.CSafeLoader))


@cache
def built(choice: Choice) -> list[Object]:
    """As `build`, once; not to be changed."""
    return build(choice)


def kubectl() -> str:
    """The command; without it its tests are skipped, or fail where CI promised it."""
    found = shutil.which("kubectl")
    if found:
        return found
    reason = "kubectl is not installed: https://kubernetes.io/docs/tasks/tools/"
    if os.environ.get("SLIPWAY_REQUIRE_KUBECTL"):
        pytest.fail(reason)
    pytest.skip(reason)


def of_kind(objects: Sequence[Object], *kinds: str) -> list[Object]:
    return [found for found in objects if found["kind"] in kinds]


def one(objects: Sequence[Object], kind: str, name: str = "slipway") -> Object:
    (found,) = [found for found in of_kind(objects, kind) if found["metadata"]["name"] == name]
    return found


def with_pods(objects: Sequence[Object]) -> list[Object]:
    """The objects that describe pods."""
    kinds = (
        ("apps/v1", "Deployment"),
        ("serving.knative.dev/v1", "Service"),
        ("serving.kserve.io/v1beta1", "InferenceService"),
    )
    return [found for found in objects if (found["apiVersion"], found["kind"]) in kinds]


def pod_of(found: Object) -> Object:
    """The pod that an object describes."""
    spec = found["spec"]
    return spec["predictor"] if found["kind"] == "InferenceService" else spec["template"]["spec"]


def container_of(found: Object) -> Object:
    (container,) = pod_of(found)["containers"]
    return container


def variables_of(found: Object) -> dict[str, str]:
    """A container's variables as the cluster sets them."""
    container = container_of(found)
    return {item["name"]: item.get("value") or _own_cpus(item, container) for item in container.get("env", ())}


def _own_cpus(item: Object, container: Object) -> str:
    # The kubelet rounds up to whole divisors.
    assert item["valueFrom"]["resourceFieldRef"] == {"resource": "requests.cpu", "divisor": "1"}
    return str(-int(-quantity(container["resources"]["requests"]["cpu"]) // 1))


def quantity(text: str) -> float:
    """Kubernetes' notation of CPUs and bytes."""
    for suffix, factor in {"Gi": 2**30, "Mi": 2**20, "m": 1e-3}.items():
        if text.endswith(suffix):
            return float(text.removesuffix(suffix)) * factor
    return float(text)

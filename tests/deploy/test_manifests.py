"""Every choice of components builds, and what is built is valid for every Kubernetes from 1.32 on."""

import json
from functools import cache

import kubernetes_validate
import pytest
from jsonschema import Draft202012Validator
from kubernetes_validate.utils import all_versions, major_minor
from packaging.version import Version

from tests.deploy.kinds import KINDS
from tests.deploy.manifests import (
    CHOICES,
    COMPONENTS,
    DEPLOY,
    OTHERS,
    OVERLAYS,
    PAIRS,
    Choice,
    Object,
    build,
    built,
    one,
    pod_of,
    with_pods,
)

OLDEST = "1.32"
VERSIONS = [major_minor(version) for version in all_versions() if Version(version) >= Version(OLDEST)]
# What a predictor and a revision have beside a pod's own members.
NOT_A_PODS = {
    "minReplicas",
    "maxReplicas",
    "containerConcurrency",
    "scaleMetric",
    "scaleTarget",
    "timeout",
    "timeoutSeconds",
}


@cache
def check(text: str) -> None:
    """Many choices bring the same object, so each is checked once."""
    found = json.loads(text)
    schema = KINDS.get((found["apiVersion"], found["kind"]))
    if schema is not None:
        Draft202012Validator(schema).validate(found)
    if schema is None:
        check_everywhere(found)
    elif with_pods([found]):
        spec = {key: value for key, value in pod_of(found).items() if key not in NOT_A_PODS}
        check_everywhere({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "any"}, "spec": spec})


def check_everywhere(found: Object) -> None:
    for version in VERSIONS:
        kubernetes_validate.validate(found, version, strict=True)


@pytest.mark.parametrize("choice", [*CHOICES, *PAIRS, *OTHERS], ids=str)
def test_it_builds_and_is_valid(choice):
    objects = built(choice)
    for found in objects:
        check(json.dumps(found))
    names = [(found["kind"], found["metadata"]["name"]) for found in objects]
    assert len(set(names)) == len(names)


def test_all_is_looked_at():
    assert set(OVERLAYS) == {path.name for path in (DEPLOY / "overlays").iterdir()}
    assert set(COMPONENTS) == {path.name for path in (DEPLOY / "components").iterdir()}
    assert VERSIONS[0] == OLDEST
    assert len(VERSIONS) >= 3


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda found: found["spec"]["template"]["spec"]["containers"][0].update(livenesProbe={}), "livenesProbe"),
        (lambda found: found["spec"].update(replicas="2"), "integer"),
        (lambda found: found["spec"].pop("selector"), "selector"),
    ],
)
def test_the_check_sees_a_mistake(change, word):
    found = json.loads(json.dumps(one(built(Choice("base")), "Deployment")))
    change(found)
    with pytest.raises(kubernetes_validate.ValidationError, match=word):
        check(json.dumps(found))


def test_the_readme_says_what_each_component_is_for():
    rows = [
        line.split("`")[1]
        for line in (DEPLOY / "README.md").read_text().split("## Components")[1].splitlines()
        if line.startswith("| `")
    ]
    assert sorted(rows) == list(COMPONENTS)


def test_the_deployer_puts_images_and_a_namespace_in():
    digests = {name: "sha256:" + digit * 64 for name, digit in {"slipway": "a", "slipway-canary": "b"}.items()}
    images = [{"name": name, "newName": "r.example/p/slipway", "digest": digest} for name, digest in digests.items()]
    objects = build(Choice("overlays/gke", ("canary", "models-volume")), images=images, namespace="other")
    found = {name: pod_of(one(objects, "Deployment", name))["containers"][0]["image"] for name in digests}
    assert found == {name: f"r.example/p/slipway@{digest}" for name, digest in digests.items()}
    spaces = {
        found["metadata"].get("namespace")
        for found in objects
        if found["kind"] not in ("Namespace", "PersistentVolume")
    }
    assert spaces == {"other"}
    assert one(objects, "Namespace", "other")


@pytest.mark.parametrize("choice", [*OTHERS, Choice("overlays/minikube")], ids=str)
def test_a_tag_takes_the_place_of_the_digest(choice):
    objects = build(choice, images=[{"name": "slipway", "newName": "slipway", "newTag": "v1"}])
    (found,) = with_pods(objects)
    assert pod_of(found)["containers"][0]["image"] == "slipway:v1"

"""Every pod asks for as little as it can, and for what the app in it needs."""

import json
import re

import pytest

from app.serve import ROOT
from app.settings import MIN_WORKERS, Settings, load_settings, variable_names
from tests.deploy.manifests import (
    CHOICES,
    OTHERS,
    Choice,
    built,
    container_of,
    of_kind,
    one,
    pod_of,
    quantity,
    variables_of,
    with_pods,
)

NOWHERE = "sha256:" + "0" * 64
# The volumes that Pod Security's `restricted` allows (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
# Measured: the image with the examples' models, and what a picture costs while it is read.
IDLE_BYTES, BYTES_PER_PIXEL = 250 * 2**20, 13
EVERY = pytest.mark.parametrize("choice", CHOICES, ids=str)
PODS = pytest.mark.parametrize("choice", [*CHOICES, Choice("kserve")], ids=str)


@PODS
def test_the_pod_security_standard_is_met(choice):
    for found in with_pods(built(choice)):
        pod, container = pod_of(found), container_of(found)
        security = pod.get("securityContext", {}) | container["securityContext"]
        assert security == {
            "runAsNonRoot": True,
            "runAsUser": int(re.search(r"^USER (\d+):0$", (ROOT / "Dockerfile").read_text(), re.M)[1]),
            "seccompProfile": {"type": "RuntimeDefault"},
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert all(set(volume) - {"name"} <= VOLUMES for volume in pod["volumes"])
    labels = of_kind(built(choice), "Namespace")[0]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@PODS
def test_no_pod_has_a_token_or_anothers_variables(choice):
    objects = built(choice)
    assert one(objects, "ServiceAccount")["automountServiceAccountToken"] is False
    for found in with_pods(objects):
        pod = pod_of(found)
        assert pod["serviceAccountName"] == "slipway"
        assert pod["automountServiceAccountToken"] is False
        # Else the Service would set SLIPWAY_PORT and others.
        assert pod["enableServiceLinks"] is False


@pytest.mark.parametrize("choice", [*CHOICES, *OTHERS], ids=str)
def test_images_are_named_by_a_digest_that_the_deployer_replaces(choice):
    for found in with_pods(built(choice)):
        name = "slipway-canary" if found["metadata"]["name"] == "slipway-canary" else "slipway"
        assert container_of(found)["image"] == f"{name}@{NOWHERE}"


@PODS
def test_memory_is_what_is_asked_for_and_holds_the_largest_pictures(choice):
    for found in with_pods(built(choice)):
        resources, variables = container_of(found)["resources"], variables_of(found)
        limits = resources["limits"]
        assert limits == {key: resources["requests"][key] for key in limits}
        assert "memory" in limits
        pixels = int(variables.get("SLIPWAY_MAX_PIXELS", Settings().max_pixels))
        pictures = int(variables["WEB_CONCURRENCY"]) * pixels * BYTES_PER_PIXEL
        (run,) = [volume for volume in pod_of(found)["volumes"] if volume["name"] == "run"]
        written = quantity(run["emptyDir"]["sizeLimit"])
        assert IDLE_BYTES + pictures + written <= quantity(limits["memory"])
        # Bodies that are on their way are kept there, and the workers must not wait for lack of room.
        assert written >= 2 * int(variables["WEB_CONCURRENCY"]) * Settings().max_body


@EVERY
def test_what_checkov_is_told_to_pass_over_is_still_so(choice):
    for found in of_kind(built(choice), "Deployment"):
        skipped = {key: text for key, text in found["metadata"].get("annotations", {}).items() if "checkov" in key}
        assert list(skipped) == ["checkov.io/skip1"]
        check, reason = skipped["checkov.io/skip1"].split("=")
        assert (check, "cpu" in container_of(found)["resources"]["limits"]) == ("CKV_K8S_11", False)
        assert reason


@PODS
def test_there_is_a_worker_for_each_whole_cpu(choice):
    for found in with_pods(built(choice)):
        cpus = quantity(container_of(found)["resources"]["requests"]["cpu"])
        assert cpus == int(cpus) or "small" in choice.components or "minikube" in choice.folder
        assert int(variables_of(found)["WEB_CONCURRENCY"]) == max(MIN_WORKERS, int(-(-cpus // 1)))


def test_cloud_run_has_as_many_workers_as_it_sends_requests():
    (found,) = with_pods(built(Choice("cloudrun")))
    workers = int(variables_of(found)["WEB_CONCURRENCY"])
    assert workers == pod_of(found)["containerConcurrency"] == int(container_of(found)["resources"]["limits"]["cpu"])


def test_kserve_has_as_many_workers_as_it_sends_requests():
    (found,) = with_pods(built(Choice("kserve")))
    predictor = pod_of(found)
    assert int(variables_of(found)["WEB_CONCURRENCY"]) == predictor["containerConcurrency"] == predictor["scaleTarget"]
    assert predictor["minReplicas"] == 0


@pytest.mark.parametrize("choice", [*CHOICES, *OTHERS], ids=str)
def test_every_variable_is_a_setting_and_its_value_is_accepted(choice, monkeypatch):
    known = {name for field in Settings.model_fields for name in variable_names(field)}
    for found in with_pods(built(choice)):
        variables = variables_of(found)
        assert set(variables) <= known
        names = [item["name"] for item in container_of(found)["env"]]
        assert len(set(names)) == len(names)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert load_settings().workers == int(variables["WEB_CONCURRENCY"])


@PODS
def test_what_is_written_to_is_a_volume_and_every_volume_is_there(choice):
    run_dir = re.search(r"SLIPWAY_RUN_DIR=(\S+)", (ROOT / "Dockerfile").read_text())[1]
    for found in with_pods(built(choice)):
        mounts = {mount["mountPath"]: mount for mount in container_of(found)["volumeMounts"]}
        volumes = {volume["name"]: volume for volume in pod_of(found)["volumes"]}
        assert len(mounts) == len(container_of(found)["volumeMounts"])
        assert {mount["name"] for mount in mounts.values()} == set(volumes)
        assert all(len(volume) == 2 for volume in volumes.values()), "a volume has one source"
        assert {path for path, mount in mounts.items() if not mount.get("readOnly")} == {run_dir, "/tmp"}
        models = variables_of(found).get("SLIPWAY_MODELS")
        assert models is None or models in mounts


@pytest.mark.parametrize("component", ["models-bucket", "models-volume", "small"])
def test_a_canary_is_the_same_pod_whenever_it_is_chosen(component):
    for components in [("canary", component), (component, "canary")]:
        objects = built(Choice("base", components))
        stable, canary = (one(objects, "Deployment", name)["spec"] for name in ("slipway", "slipway-canary"))
        texts = [json.dumps(spec["template"], sort_keys=True) for spec in (stable, canary)]
        assert texts[0] == texts[1].replace('"track": "canary"', '"track": "stable"').replace(
            "slipway-canary@", "slipway@"
        )
        assert canary["replicas"] == 1

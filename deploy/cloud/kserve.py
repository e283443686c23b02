"""KServe, on whatever cluster has it: the image as an InferenceService that scales to zero."""

from collections.abc import Sequence

from deploy.cloud.cloud import DOCKER, KUBECTL, Kubectl
from deploy.cloud.images import Registry
from deploy.cloud.manifests import folder, remembered, render, tried
from deploy.cloud.options import Options
from deploy.cloud.proof import at, check, url
from deploy.cloud.steps import Step, words
from deploy.cloud.verbs import Plan

TOOLS = (DOCKER, KUBECTL)
SERVICE = "inferenceservice/slipway"
# What KServe makes of it. Its own state is a copy, and for a while after a change that of the revision before.
KNATIVE = "service.serving.knative.dev/slipway-predictor"
IMAGE = "{.spec.template.spec.containers[0].image}"


def deploy(options: Options) -> Plan:
    registry = Registry(f"{options.required('REGISTRY', 'gcr.io/my-project')}/{options.image()}")
    image = registry.image(options)
    context = options.text("CONTEXT")
    kubectl = Kubectl(context or "$CONTEXT")
    current = Step("see which cluster kubectl means", words("kubectl config current-context"), into="CONTEXT")
    read = kubectl(f"get {SERVICE} --output jsonpath={{.status.url}}")
    named = Step("find the address", read, "Knative needs a domain.", into="URL", needed=True)
    return Plan(
        [
            *tried(options, "kserve"),
            *([] if context else [current]),
            Step(
                "see whether KServe is there",
                kubectl("get customresourcedefinition inferenceservices.serving.kserve.io"),
                "Install it in its Knative mode: https://kserve.github.io/website/.",
                quiet=True,
            ),
            *remembered(options, "kserve", kubectl),
            *image.steps,
            render(options, "kserve", image),
            Step("apply the manifests", kubectl(f"apply --kustomize {folder('kserve')}")),
            *_ready(kubectl, image.reference),
            *(url(options) or [named]),
            *check(options, at(options, "$URL"), folder("kserve"), image.reference, registry.platform),
        ]
    )


def _ready(kubectl: Kubectl, image: str) -> Sequence[Step]:
    """Then all requests go to this image's pods, and Knative knows it. kubectl's wait compares generations."""
    hint = f"`kubectl --namespace slipway describe {SERVICE} {KNATIVE}` says what it waits for."
    return [
        Step("wait until KServe has asked Knative", kubectl(f"wait --for=create {KNATIVE} --timeout=5m"), hint),
        Step(
            "wait until it has asked for this image",
            kubectl(f"wait --for=jsonpath={IMAGE}={image} {KNATIVE} --timeout=5m"),
            hint,
        ),
        Step("wait until it is ready", kubectl(f"wait --for=condition=Ready {KNATIVE} --timeout=15m"), hint),
        Step(
            "wait until KServe knows the address",
            kubectl(f"wait --for=jsonpath={{.status.url}} {SERVICE} --timeout=5m"),
            "Knative needs a domain.",
        ),
    ]

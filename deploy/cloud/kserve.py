"""KServe, on whatever cluster has it: the image as an InferenceService that scales to zero."""

from deploy.cloud.cloud import DOCKER, KUBECTL, Kubectl
from deploy.cloud.images import Registry
from deploy.cloud.options import Options
from deploy.cloud.steps import Step, words
from deploy.cloud.verbs import Plan, check, folder, render, url

TOOLS = (DOCKER, KUBECTL)
SERVICE = "inferenceservice/slipway"


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
            *([] if context else [current]),
            Step(
                "see whether KServe is there",
                kubectl("get customresourcedefinition inferenceservices.serving.kserve.io"),
                "Install it in its Knative mode: https://kserve.github.io/website/.",
                quiet=True,
            ),
            *image.steps,
            render(options, "kserve", image, overlay="deploy/kserve"),
            Step("apply the manifests", kubectl(f"apply --kustomize {folder('kserve')}")),
            Step(
                "wait until it is ready",
                kubectl(f"wait --for=condition=Ready {SERVICE} --timeout=15m"),
                f"`kubectl --namespace slipway describe {SERVICE}` says what it waits for.",
            ),
            *(url(options) or [named]),
            *check(options, folder("kserve"), image.reference, registry.platform),
        ]
    )

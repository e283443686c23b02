"""Cloud Run: no cluster; instances come with requests and go without."""

from deploy.cloud.cloud import DOCKER, KUBECTL
from deploy.cloud.google import GCLOUD, LOGIN, artifact_registry, enable
from deploy.cloud.manifests import folder, render, tried
from deploy.cloud.options import Options
from deploy.cloud.proof import at, check
from deploy.cloud.steps import Step, words
from deploy.cloud.verbs import Plan

TOOLS = (DOCKER, GCLOUD, KUBECTL)


def deploy(options: Options) -> Plan:
    project = options.required("PROJECT_ID", "my-project")
    where = f"--region={options.text('REGION', 'us-central1')} --project={project}"
    registry = artifact_registry(options, project)
    image = registry.docker.image(options)
    service = f"{folder('cloudrun')}/service.yaml"
    return Plan(
        [
            *tried(options, "cloudrun"),
            LOGIN,
            enable(project, "artifactregistry", "run"),
            *registry.make(),
            *registry.docker.sign_in,
            *image.steps,
            render(options, "cloudrun", image),
            Step("build the service's description", words(f"kubectl kustomize {folder('cloudrun')}"), file=service),
            Step(
                "roll it out",
                words(f"gcloud run services replace {service} {where}"),
                f"The instances' log: `gcloud run services logs read slipway {where}`.",
            ),
            Step(
                "let everybody ask",
                words(f"gcloud run services add-iam-policy-binding slipway {where}")
                + words("--member=allUsers --role=roles/run.invoker"),
                "The organisation may forbid public services; then ask with an identity token.",
                quiet=True,
            ),
            Step(
                "find the address",
                words(f"gcloud run services describe slipway {where} --format=value(status.url)"),
                into="URL",
                needed=True,
            ),
            # Which only this revision answers at, while instances of before may still answer at the other.
            Step(
                "give the new revision an address of its own",
                words(f"gcloud run services update-traffic slipway --set-tags=new=LATEST {where}"),
            ),
            Step(
                "find that address",
                words(f"gcloud run services describe slipway {where} --flatten=status.traffic[]")
                + words("--format=value(status.traffic.url)"),
                into="NEW",
                needed=True,
            ),
            *check(options, at(options, "$NEW"), folder("cloudrun"), image.reference, registry.docker.platform),
        ]
    )

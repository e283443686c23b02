"""Google Kubernetes Engine: Autopilot, or with STANDARD=1 nodes of one's own; images in Artifact Registry."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.cloud.cloud import DOCKER, KUBECTL, Cloud, balancer, no_namespace, stays
from deploy.cloud.google import GCLOUD, LOGIN, artifact_registry, enable, granted
from deploy.cloud.options import Options, RefusedError
from deploy.cloud.steps import Step, words

PLUGIN = ("gke-gcloud-auth-plugin", "gcloud components install gke-gcloud-auth-plugin")
# As whom nodes log, report and pull: an editor in older organisations, in those of after May 2024 without any role.
NODES = "serviceAccount:$NUMBER-compute@developer.gserviceaccount.com"
# A cluster that is made here says so, for only such a one is removed here.
MARK = "made-by=slipway"


def gke(options: Options) -> Cloud:
    project = options.required("PROJECT_ID", "my-project")
    cluster = Cluster(options.text("CLUSTER", "slipway"), options.text("REGION", "us-central1"), project)
    registry = artifact_registry(options, project)
    _refuse_nodes(options)
    return Cloud(
        name="gke",
        tools=(DOCKER, GCLOUD, PLUGIN, KUBECTL),
        images=registry.docker,
        context=cluster.context,
        login=[LOGIN],
        prepare=[enable(project, "artifactregistry", "compute", "container"), *registry.make()],
        cluster=[
            *_nodes_may_report(project),
            cluster.look("CLUSTER"),
            *cluster.made(),
            cluster.make(options),
            *registry.readable(NODES),
        ],
        credentials=[cluster.credentials()],
        address=balancer,
        removes=(
            f"the namespace slipway in the cluster {cluster.name} ({cluster.region}, {project}), with its address",
            f"the cluster {cluster.name}, if it was made by make deploy-gke: it then has the label {MARK}",
            *([f"all images {registry.docker.repository}"] if options.flag("IMAGES") else []),
        ),
        # Other clusters may run the same images.
        remove=[*cluster.remove(), *(registry.remove() if options.flag("IMAGES") else [])],
    )


@dataclass(frozen=True)
class Cluster:
    name: str
    region: str
    project: str

    @property
    def context(self) -> str:
        """As get-credentials names it."""
        return f"gke_{self.project}_{self.region}_{self.name}"

    def look(self, into: str, also: str = "") -> Step:
        return Step(
            f"look whether the cluster is there{also and ' and was made here'}",
            words(
                f"gcloud container clusters list {self._where} --format=value(name)", f"--filter=name={self.name}{also}"
            ),
            into=into,
        )

    def made(self) -> Sequence[Step]:
        """One whose creation goes on, though who began it has gone, cannot be reached yet."""
        ours = rf"operationType=CREATE_CLUSTER AND status!=DONE AND targetLink~/clusters/{self.name}\Z"
        return [
            Step(
                "look whether it is still being made",
                words(f"gcloud container operations list {self._where} --format=value(name)", f"--filter={ours}"),
                into="MAKING",
                when="CLUSTER",
            ),
            Step(
                "wait until it is made",
                words(f"gcloud container operations wait $MAKING {self._where}"),
                self._broken,
                when="MAKING",
            ),
        ]

    def make(self, options: Options) -> Step:
        kind = f"create {_like_autopilot(self.project, options)}" if options.flag("STANDARD") else "create-auto"
        return Step(
            "make the cluster, which takes some ten minutes",
            words(f"gcloud container clusters {kind} {self.name} {self._where} --labels={MARK}"),
            f"Often it is a quota: `gcloud compute regions describe {self.region} --project={self.project}`. "
            f"{self._broken}",
            unless="CLUSTER",
        )

    def credentials(self, when: str = "") -> Step:
        return Step(
            "let kubectl reach the cluster",
            words(f"gcloud container clusters get-credentials {self.name} {self._where}"),
            f"Is it there? `gcloud container clusters list --project={self.project}`; `make deploy-gke` makes it. "
            f"{self._broken}",
            when=when,
        )

    def remove(self) -> Sequence[Step]:
        return [
            self.look("CLUSTER"),
            self.look("OURS", f" AND resourceLabels.{MARK}"),
            self.credentials(when="CLUSTER"),
            no_namespace(self.context),
            Step(
                "remove the cluster, which takes some minutes",
                words(f"gcloud container clusters delete {self.name} {self._where} --quiet"),
                when="OURS",
            ),
            stays(f"cluster {self.name}", "gke", found="CLUSTER", ours="OURS"),
        ]

    @property
    def _broken(self) -> str:
        delete = f"gcloud container clusters delete {self.name} {self._where}"
        return f"A cluster in the state ERROR has to be deleted first: `{delete}`."

    @property
    def _where(self) -> str:
        return f"--location={self.region} --project={self.project}"


def _nodes_may_report(project: str) -> Sequence[Step]:
    role = "roles/container.defaultNodeServiceAccount"
    return [
        Step(
            "find the project's number",
            words(f"gcloud projects describe {project} --format=value(projectNumber)"),
            into="NUMBER",
            needed=True,
        ),
        Step(
            "look whether the nodes may log and report",
            words(f"gcloud projects get-iam-policy {project}", *granted(NODES, "roles/editor", role)),
            into="REPORTS",
        ),
        Step(
            "let the nodes log and report",
            words(f"gcloud projects add-iam-policy-binding {project} --member={NODES} --role={role} --condition=None"),
            f"You need the role Project IAM Admin in the project {project}. Where its service was just enabled, the "
            "account may take a minute to be there.",
            quiet=True,
            unless="REPORTS",
        ),
    ]


def _refuse_nodes(options: Options) -> None:
    """Raises RefusedError where nodes are chosen that would not be made."""
    for name in ("NODES", "MACHINE"):
        if options.text(name) and not options.flag("STANDARD"):
            raise RefusedError(f"{name}={options.text(name)!r} needs STANDARD=1: Autopilot chooses its nodes itself.")


def _like_autopilot(project: str, options: Options) -> str:
    """Policies are enforced, pods have identities, buckets can be mounted, nodes come and go. Of each zone."""
    machine, nodes = options.text("MACHINE", "e2-standard-4"), options.number("NODES", 1)
    return (
        f"--machine-type={machine} --num-nodes={nodes} "
        f"--enable-autoscaling --min-nodes={nodes} --max-nodes={4 * nodes} "
        f"--enable-dataplane-v2 --workload-pool={project}.svc.id.goog --gateway-api=standard "
        "--addons=HorizontalPodAutoscaling,HttpLoadBalancing,GcsFuseCsiDriver"
    )

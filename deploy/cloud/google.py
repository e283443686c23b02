"""What GKE and Cloud Run share: the login, the services, and images in Artifact Registry."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.cloud.images import Registry, look
from deploy.cloud.options import Options, RefusedError
from deploy.cloud.steps import Step, words

GCLOUD = ("gcloud", "https://cloud.google.com/sdk/docs/install")
# gcr.io is a repository of this name in Artifact Registry, each of its hosts in a place of its own.
GCR = {"gcr.io": "us", "us.gcr.io": "us", "eu.gcr.io": "europe", "asia.gcr.io": "asia"}

LOGIN = Step(
    "see whether gcloud is logged in",
    words("gcloud auth print-access-token"),
    "Log in: `gcloud auth login`.",
    quiet=True,
)


def enable(project: str, *services: str) -> Step:
    return Step(
        "enable the services",
        words("gcloud services enable", *(f"{name}.googleapis.com" for name in services), f"--project={project}"),
        f"Does the project {project} exist (`gcloud projects list`), may you change it, and is it linked to a billing "
        "account (`gcloud billing projects describe`)?",
    )


def granted(member: str, *roles: str) -> tuple[str, ...]:
    """The options with which a policy shows which of these roles the member has."""
    of = f"({' '.join(roles)})" if len(roles) > 1 else roles[0]
    return (
        *words("--flatten=bindings[].members --format=value(bindings.role)"),
        f"--filter=bindings.members={member} AND bindings.role={of}",
    )


@dataclass(frozen=True)
class ArtifactRegistry:
    """A repository of images.

    chosen: as docker says it, gcr.io/PROJECT or REGION-docker.pkg.dev/PROJECT/NAME.
    image: the image's name in it.
    """

    chosen: str
    image: str
    host: str
    owner: str
    name: str
    location: str

    @property
    def path(self) -> str:
        return f"{self.location}-docker.pkg.dev/{self.owner}/{self.name}"

    @property
    def docker(self) -> Registry:
        return Registry(
            f"{self.chosen}/{self.image}",
            published=self._published,
            sign_in=[Step("let docker use the registry", words(f"gcloud auth configure-docker {self.host} --quiet"))],
        )

    def make(self) -> Sequence[Step]:
        """Where it is missing: the first push to gcr.io would make it for few people only."""
        return [
            self._look(),
            Step(
                "make the registry",
                words(f"gcloud artifacts repositories create {self.name} --repository-format=docker {self._where}"),
                f"You need the role Artifact Registry Administrator in the project {self.owner}.",
                unless="REPOSITORY",
            ),
        ]

    def readable(self, member: str) -> Sequence[Step]:
        """By nodes that would else get 403 for an answer."""
        role, where = "roles/artifactregistry.reader", f"{self.name} {self._where}"
        return [
            Step(
                "look whether the nodes may read the registry",
                words(f"gcloud artifacts repositories get-iam-policy {where}", *granted(member, role)),
                into="READS",
            ),
            Step(
                "let the nodes read the registry",
                words(f"gcloud artifacts repositories add-iam-policy-binding {where} --member={member} --role={role}"),
                f"You need the role Artifact Registry Administrator in the project {self.owner}. Where somebody else "
                "has seen to it that the nodes may pull, `make update-gke VERSION=` goes on.",
                unless="READS",
            ),
        ]

    def remove(self) -> Sequence[Step]:
        """Our images; the repository may hold others'."""
        package = f"{self.path}/{self.image}"
        return [
            self._look(),
            Step(
                "look whether images are there",
                words(f"{self._list} --filter=package={package} --format=value(package) --limit=1"),
                into="IMAGES",
                when="REPOSITORY",
            ),
            Step(
                "remove the images",
                words(f"gcloud artifacts docker images delete {package} --delete-tags --quiet"),
                when="IMAGES",
            ),
        ]

    def _published(self, version: str, into: str) -> Sequence[Step]:
        # gcloud's = takes 1.10 for 1.1, as the same number; \Z is the end, as $ would be a variable's beginning.
        found = rf"--filter=package={self.path}/{self.image} AND tags~^{re.escape(version)}\Z"
        return [look(version, words(f"{self._list} --include-tags --format=value(version)", found), into)]

    @property
    def _where(self) -> str:
        return f"--location={self.location} --project={self.owner}"

    @property
    def _list(self) -> str:
        return f"gcloud artifacts docker images list {self.path}"

    def _look(self) -> Step:
        full = f"projects/{self.owner}/locations/{self.location}/repositories/{self.name}"
        return Step(
            "look whether the registry is there",
            words(f"gcloud artifacts repositories list {self._where}")
            + words(f"--filter=name={full} --format=value(name.basename())"),
            into="REPOSITORY",
        )


def artifact_registry(options: Options, project: str) -> ArtifactRegistry:
    """Of REGISTRY, else gcr.io/PROJECT. Raises RefusedError where it is neither this nor REGION-docker.pkg.dev."""
    chosen, image = options.text("REGISTRY", f"gcr.io/{project}"), options.image()
    host, *path = chosen.split("/")
    if host in GCR and len(path) == 1:
        return ArtifactRegistry(chosen, image, host, path[0], host, GCR[host])
    found = re.fullmatch(r"([a-z0-9-]+)-docker\.pkg\.dev", host)
    if found and len(path) == 2:
        return ArtifactRegistry(chosen, image, host, path[0], path[1], found[1])
    raise RefusedError(
        f"REGISTRY={chosen!r} is not accepted: gcr.io/PROJECT and REGION-docker.pkg.dev/PROJECT/NAME are."
    )

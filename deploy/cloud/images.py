"""From the checkout to an image that a cluster can pull, named so that it cannot change under its name."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deploy.cloud.options import Options, revision
from deploy.cloud.steps import Step

# Of the digests under which the engine knows the image, the one in this registry.
DIGEST_OF = '{{range .RepoDigests}}{{if eq (index (split . "@") 0) "%s"}}{{index (split . "@") 1}}{{end}}{{end}}'
SHORT_ID = "{{slice .Id 7 19}}"


@dataclass(frozen=True)
class Image:
    """`reference` is what pods name; `steps` make it so, and find the variable in it. `version` is for people."""

    reference: str
    version: str
    steps: Sequence[Step]


@dataclass(frozen=True)
class Registry:
    """Where images are pushed.

    repository: without a tag.
    published: the steps that put a version's digest into a variable, or nothing where it is not there. Without them
        a version is published anew each time.
    sign_in: lets docker push and pull.
    platform: of the nodes, whatever this machine's is.
    """

    repository: str
    published: Callable[[str, str], Sequence[Step]] | None = None
    sign_in: Sequence[Step] = ()
    platform: str = "linux/amd64"

    def image(self, options: Options, variable: str = "VERSION") -> Image:
        """A version that is named is published once and never overwritten; else the checkout is, as it is."""
        named, digest = options.tag(variable), f"DIGEST_{variable}"
        version = named or revision()
        tagged = f"{self.repository}:{version}"
        asked = self.published(named, digest) if named and self.published else []
        there = digest if asked else ""
        steps = [
            *asked,
            _build(options, self.platform, tagged, there),
            Step(
                "push the image",
                (*docker(options), "push", tagged),
                "Docker must be signed in to the registry, and you must be allowed to write there.",
                unless=there,
            ),
            Step(
                "find the image's digest",
                (*docker(options), "image", "inspect", "--format", DIGEST_OF % self.repository, tagged),
                "docker push has to have printed a digest.",
                into=digest,
                needed=True,
                unless=there,
            ),
        ]
        return Image(f"{self.repository}@${digest}", version, steps)


@dataclass(frozen=True)
class Node:
    """minikube's node, into which an image is loaded; its name says which it is, as a digest does in a registry."""

    repository: str
    profile: str
    sign_in: Sequence[Step] = ()
    platform: str = ""

    def image(self, options: Options, variable: str = "VERSION") -> Image:
        name, short = options.tag(variable), f"ID_{variable}"
        version = name or revision()
        tagged, found = f"{self.repository}:{version}", f"FOUND_{variable}"
        named = f"{self.repository}:${short}"
        load = ("minikube", "image", "load", "--profile", self.profile, named)
        steps = [
            *([look(name, (*docker(options), "image", "ls", "--quiet", tagged), found)] if name else []),
            _build(options, self.platform, tagged, found if name else ""),
            Step(
                "find the image's id", (*docker(options), "image", "inspect", "--format", SHORT_ID, tagged), into=short
            ),
            Step("name the image by its id", (*docker(options), "tag", tagged, named)),
            Step("load the image into minikube", load, "Is there room on minikube's disk? `minikube ssh -- df -h`."),
        ]
        return Image(named, version, steps)


def look(version: str, command: Sequence[str], into: str, when: str = "") -> Step:
    return Step(f"look whether version {version} is there", command, into=into, when=when)


def _build(options: Options, platform: str, tagged: str, unless: str) -> Step:
    flags = [*on(options, platform), options.environment.get("DOCKER_BUILD_FLAGS", "")]
    return Step(
        "build the image",
        ("deploy/local/image",),
        "Is Docker running? Is there room on its disk? `docker system df`.",
        unless=unless,
        # A registry takes whatever the user's models need.
        environment={"IMAGE_LIMIT_MB": "", "IMAGE": tagged, "DOCKER_BUILD_FLAGS": " ".join(flags).strip()},
    )


def docker(options: Options) -> list[str]:
    return shlex.split(options.environment.get("DOCKER") or "docker")


def on(options: Options, platform: str) -> list[str]:
    """The option that makes docker use the nodes' kind of processor; none where that is this machine's."""
    chosen = options.text("PLATFORM", platform)
    return [f"--platform={chosen}"] if chosen else []

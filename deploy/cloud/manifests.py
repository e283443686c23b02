"""The overlay with the image in it: where it is written, what is chosen for it, and what was chosen before."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from deploy.cloud.choice import ANNOTATION, chosen
from deploy.cloud.cloud import Kubectl
from deploy.cloud.images import Image
from deploy.cloud.options import Options, RefusedError
from deploy.cloud.overlay import COMPONENTS
from deploy.cloud.proof import python
from deploy.cloud.steps import Step, words


def folder(name: str) -> str:
    """Where an overlay with the image in it is written; not tracked."""
    return f".local/{name}"


def render(options: Options, name: str, image: Image, canary: Image | None = None) -> Step:
    """Write the overlay. Raises RefusedError where it, or a component, is not there."""
    return Step(
        "write the overlay with this image",
        (*python(options, "overlay"), folder(name), _overlay(options, name), image.reference, image.version)
        + (("--canary", canary.reference, canary.version) if canary else ())
        + tuple(f"--component={component}" for component in _components(options)),
    )


def tried(options: Options, name: str) -> Sequence[Step]:
    """Build them with an image that is nowhere: what does not go together is better found before clusters are paid."""
    nowhere = Image(f"slipway@sha256:{'0' * 64}", "none", [])
    canary = nowhere if options.tag("CANARY") else None
    return [
        replace(render(options, name, nowhere, canary), title="write the overlay"),
        Step(
            "see whether its parts go together",
            words(f"kubectl kustomize {folder(name)}"),
            f"tls needs gateway, autoscale-requests needs autoscale, and what {_overlay(options, name)} has chosen "
            "cannot be chosen again.",
            quiet=True,
        ),
    ]


def remembered(options: Options, name: str, kubectl: Kubectl) -> Sequence[Step]:
    """Hold the choice against the one that runs; nothing where another one is meant."""
    if options.flag("CHANGE"):
        return []
    read = f"get namespace slipway --ignore-not-found --output jsonpath={{.metadata.annotations.{ANNOTATION}}}"
    return [
        Step("see what was chosen before", kubectl(read), into="CHOSEN"),
        Step(
            "hold the choice against it",
            (*python(options, "choice"), "$CHOSEN", chosen(_overlay(options, name), _components(options))),
            "Name what was chosen before, or add CHANGE=1: what only that choice made then stays until you delete it.",
        ),
    ]


def _overlay(options: Options, name: str) -> str:
    usual = f"deploy/overlays/{name}"
    overlay = options.text("OVERLAY", usual if Path(usual).is_dir() else f"deploy/{name}")
    if not Path(overlay, "kustomization.yaml").is_file():
        raise RefusedError(f"OVERLAY={overlay!r} is not accepted: a folder with a kustomization.yaml is.")
    return overlay


def _components(options: Options) -> Sequence[str]:
    """Each once, and by name, so that the order in which they were said makes no difference."""
    components = sorted(set(options.several("COMPONENTS")))
    there = sorted(path.name for path in COMPONENTS.iterdir())
    if "canary" in components:
        raise RefusedError("COMPONENTS='canary' is not accepted: CANARY=1.2 names the version that it runs.")
    for component in components:
        if component not in there:
            raise RefusedError(f"COMPONENTS={component!r} is not accepted: {', '.join(there)} are.")
    return components

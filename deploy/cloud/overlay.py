"""An overlay with the image's real name in it, in a folder of its own, so that no tracked file changes.

python3 -m deploy.cloud.overlay FOLDER OVERLAY IMAGE VERSION [--canary IMAGE VERSION] [--component NAME]...
"""

import argparse
import json
import os
from pathlib import Path

from deploy.cloud.choice import ANNOTATION, chosen

COMPONENTS = Path("deploy/components")
# What `kubectl rollout history` shows.
CAUSE = "kubernetes.io/change-cause"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("overlay", type=Path)
    parser.add_argument("image")
    parser.add_argument("version")
    parser.add_argument("--canary", nargs=2)
    parser.add_argument("--component", action="append", default=[])
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(kustomization(asked), indent=2)
    (asked.folder / "kustomization.yaml").write_text(text + "\n")


def kustomization(asked: argparse.Namespace) -> dict[str, object]:
    """As JSON, which is YAML as well. kustomize takes relative paths only."""
    folder, overlay = asked.folder, asked.overlay
    components = [*asked.component, *(["canary"] if asked.canary else [])]  # which copies what the others made
    images = {"slipway": (asked.image, asked.version), **({"slipway-canary": asked.canary} if asked.canary else {})}
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(overlay, folder)],
        "components": [os.path.relpath(COMPONENTS / name, folder) for name in components],
        "images": [_image(name, image) for name, (image, _) in images.items()],
        "patches": [
            _annotate("Namespace", ".*", ANNOTATION, chosen(str(overlay), asked.component)),
            *(_annotate("Deployment", f"^{name}$", CAUSE, version) for name, (_, version) in images.items()),
        ],
    }


def _annotate(kind: str, name: str, annotation: str, value: str) -> dict[str, object]:
    """A patch of what there is of that kind and name, which is an expression."""
    patch = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "any", "annotations": {annotation: value}}}
    return {"target": {"kind": kind, "name": name}, "patch": json.dumps(patch)}


def _image(name: str, image: str) -> dict[str, str]:
    """`repository@digest` or `repository:tag`, as kustomize has it."""
    repository, at, digest = image.partition("@")
    if at:
        return {"name": name, "newName": repository, "digest": digest}
    repository, _, tag = image.rpartition(":")
    return {"name": name, "newName": repository, "newTag": tag}


if __name__ == "__main__":
    main()

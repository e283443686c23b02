"""An overlay with the image's real name in it, in a folder of its own, so that no tracked file changes.

python3 -m deploy.cloud.overlay FOLDER OVERLAY IMAGE [--canary IMAGE] [--component NAME]...
"""

import argparse
import json
import os
from pathlib import Path

COMPONENTS = Path("deploy/components")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("overlay", type=Path)
    parser.add_argument("image")
    parser.add_argument("--canary")
    parser.add_argument("--component", action="append", default=[])
    chosen = parser.parse_args()
    components = [*chosen.component, *(["canary"] if chosen.canary else [])]  # which copies what the others made
    images = {"slipway": chosen.image, **({"slipway-canary": chosen.canary} if chosen.canary else {})}
    chosen.folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(kustomization(chosen.folder, chosen.overlay, components, images), indent=2)
    (chosen.folder / "kustomization.yaml").write_text(text + "\n")


def kustomization(folder: Path, overlay: Path, components: list[str], images: dict[str, str]) -> dict[str, object]:
    """As JSON, which is YAML as well. kustomize takes relative paths only."""
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(overlay, folder)],
        "components": [os.path.relpath(COMPONENTS / name, folder) for name in components],
        "images": [_image(name, image) for name, image in images.items()],
    }


def _image(name: str, image: str) -> dict[str, str]:
    """`repository@digest` or `repository:tag`, as kustomize has it."""
    repository, at, digest = image.partition("@")
    if at:
        return {"name": name, "newName": repository, "digest": digest}
    repository, _, tag = image.rpartition(":")
    return {"name": name, "newName": repository, "newTag": tag}


if __name__ == "__main__":
    main()

"""What every runtime offers, and where each is found."""

from importlib import import_module
from pathlib import Path
from typing import Protocol

from app.errors import BrokenBundleError
from app.predictions import Outputs
from app.signature import Arrays, Signature, Target

# The name in a manifest -> the module, imported only when a bundle names it. Each offers
# load(artifact, signature, target) -> Runtime.
MODULES = {
    "sklearn": "app.runtimes.sklearn",
    "digit-pages": "app.runtimes.digits.on_pages",
    "digit-thumbnails": "app.runtimes.digits.on_thumbnails",
}


class Runtime(Protocol):
    """A loaded model."""

    def predict(self, arrays: Arrays) -> Outputs:
        """Outputs for n rows, n of zero or more. Never changes the arrays; safe to call from many threads."""


def load_runtime(name: str, artifact: Path, signature: Signature, target: Target) -> Runtime:
    """Load an artifact. Raises BrokenBundleError where the runtime is not known."""
    if name not in MODULES:
        raise BrokenBundleError(f"the runtime {name!r} is not known; there are {', '.join(MODULES)}")
    runtime: Runtime = import_module(MODULES[name]).load(artifact, signature, target)
    return runtime

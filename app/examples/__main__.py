"""Build the example models that are missing: `python -m app.examples`."""

import sys

from app.examples.digits import build_digits, build_mnist
from app.examples.tables import build_diabetes, build_iris, build_wine
from app.repository.local import versions
from app.repository.opening import local_directory
from app.settings import load_settings

BUILDERS = {
    "digits": build_digits,
    "mnist": build_mnist,
    "iris": build_iris,
    "wine": build_wine,
    "diabetes": build_diabetes,
}


def main() -> int:
    """Train and pack each example that has no version yet."""
    models = local_directory(load_settings().models)
    for name, build in BUILDERS.items():
        if not versions(models, name):
            print(f"training and packing {name} ...", flush=True)
            build(models)
    return 0


if __name__ == "__main__":
    sys.exit(main())

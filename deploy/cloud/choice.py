"""What was chosen with OVERLAY and COMPONENTS stands on the namespace, so that a later verb does not drop it unnoticed.

python3 -m deploy.cloud.choice BEFORE NOW
"""

import sys
from collections.abc import Sequence

ANNOTATION = "slipway/chosen"


def chosen(overlay: str, components: Sequence[str]) -> str:
    return f"OVERLAY={overlay} COMPONENTS={' '.join(components)}"


def main(before: str, now: str) -> int:
    if before in ("", now):
        return 0
    print(f"Slipway: what runs was chosen with\n  {before}\nand now chosen is\n  {now}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

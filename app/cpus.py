"""How many processors this process may really use: the container's share, not the host's cores."""

import math
import os
from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")


def available_cpus(cgroup_root: Path = CGROUP_ROOT) -> int:
    """Whole processors, rounded up, at least 1: the smaller of the CPU quota and the scheduling affinity."""
    return max(1, math.ceil(min(_affinity(), _quota(cgroup_root))))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS has no affinity


def _quota(root: Path) -> float:
    """CPU quota in processors; infinite where none is set.

    Source: the kernel's cgroup-v2.rst (`cpu.max`: "$QUOTA $PERIOD", microseconds) and sched-bwc.rst for v1.
    """
    v2, v1 = root / "cpu.max", root / "cpu" / "cpu.cfs_quota_us"
    try:
        if v2.exists():
            quota, period = v2.read_text().split()
        else:
            quota, period = v1.read_text(), v1.with_name("cpu.cfs_period_us").read_text()
        return math.inf if quota == "max" or int(quota) <= 0 else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return math.inf

"""How many threads the machine, or the container, has room for."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
BYTES_PER_PIXEL = 200
"""What SIFT's scale space takes: the photograph at twice its size as floats, octaves, differences."""


def threads_for(photo_px: int) -> int:
    """Threads that extract features of photographs with a longest side of `photo_px` at the same time."""
    return max(1, min(usable_cores(), free_memory() // (photo_px * photo_px * BYTES_PER_PIXEL)))


def usable_cores(cgroup: Path = CGROUP) -> int:
    """The cores this process may use, by affinity and by the container's quota."""
    allowed = len(os.sched_getaffinity(0))
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
        return max(1, min(allowed, round(int(quota) / int(period))))
    except (OSError, ValueError):
        return allowed


def free_memory(cgroup: Path = CGROUP, meminfo: Path = Path("/proc/meminfo")) -> int:
    """Bytes that are left to this process, by the machine and by the container's limit."""
    lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
    available = int(lines["MemAvailable"].split()[0]) * 1024
    try:
        limit = int((cgroup / "memory.max").read_text())
        return max(0, min(available, limit - int((cgroup / "memory.current").read_text())))
    except (OSError, ValueError):
        return available

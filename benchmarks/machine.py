"""The machine that measures: its processors, its memory, and what it is."""

from __future__ import annotations

import os
import platform
import resource
import ssl
import sys
from importlib import metadata
from pathlib import Path

import msgspec


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What a result was measured on."""

    processor: str
    cores: int
    kernel: str
    python: str
    openssl: str


def describe() -> Machine:
    """Describe this machine without its name."""
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        openssl=ssl.OPENSSL_VERSION,
    )


def version_of(package: str) -> str | None:
    """Tell which version of a package is installed; None when none is."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def pin(core: int) -> None:
    """Keep this process, and what it starts, to one processor, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def two_cores() -> tuple[int | None, int | None]:
    """Choose a processor for who is measured and another for the server; None where there are not two to choose of."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


def cpu_seconds(who: int = resource.RUSAGE_SELF) -> float:
    """Tell how long the processor has worked for all threads of this process, or for its children that have ended."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def peak_megabytes() -> float:
    """Tell the most memory this process has had, in MB.

    On Linux `ru_maxrss` begins at what the process that started this one had: what the kernel says of this one's own
    memory is preferred.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1_024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1_048_576 if sys.platform == "darwin" else peak / 1_024


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

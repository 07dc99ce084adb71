"""What it was measured on and with."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import propstore as ps

__all__ = ["conditions", "in_words"]

PACKAGES = (
    "pydantic",
    "netCDF4",
    "numpy",
    "h5py",
    "tinydb",
    "psycopg",
    "signac",
    "ase",
    "diskcache",
    "joblib",
    "disk-objectstore",
    "bagofholding",
)


def conditions() -> dict[str, str | int]:
    """Give the machine, the versions and the time."""
    found: dict[str, str | int] = {
        "time": datetime.now(UTC).isoformat(timespec="minutes"),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory in GB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "file system": _file_system(),
        "Python": platform.python_version(),
        "propstore": ps.__version__,
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def in_words(found: dict[str, str | int]) -> str:
    """Give them as a line."""
    return "; ".join(f"{name}: {value}" for name, value in found.items())


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system() -> str:
    command = ["stat", "--file-system", "--format", "%T", tempfile.gettempdir()]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

"""Other Python processes, which import what this one does."""

from __future__ import annotations

import os
import subprocess
import sys


def start_python(*arguments: object, stdin: int | None = None) -> subprocess.Popen[str]:
    """Start an interpreter, whose output is read by the caller."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )

"""Directories that are gone with the object that keeps them."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path

__all__ = ["TemporaryFolder"]


class TemporaryFolder:
    """A new directory, removed at the latest when nothing refers to this object.

    Other than `tempfile.TemporaryDirectory`, it does not warn of that: who makes a store in memory
    need not close it, as one need not close a dictionary.

    Attributes
    ----------
    path
        Where it is.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="propstore-"))
        self.remove = weakref.finalize(self, _remove, self.path, os.getpid())


def _remove(path: Path, process: int) -> None:
    if os.getpid() == process:  # a forked child leaves it to its parent
        shutil.rmtree(path, ignore_errors=True)

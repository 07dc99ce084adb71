"""Objects in bagofholding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bagofholding import H5Bag

from benchmarks.forms import Form


class Bag(Form):
    """A bag in HDF5."""

    name = "bagofholding"
    packages = ("bagofholding",)
    most_records = 100
    note = "it neither syncs nor replaces a file at once."

    def write(self, obj: Any, path: Path) -> None:
        H5Bag.save(obj, str(path), overwrite_existing=True)

    def read(self, path: Path) -> Any:
        return H5Bag(str(path)).load()

"""Objects in propstore, saved as JSON or netCDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from benchmarks.forms import Form, Run, Step
from propstore.objects.saving import load, save


class PropstoreJSON(Form):
    """A JSON file."""

    name = "propstore, json"
    backend: ClassVar[Literal["json", "netcdf"]] = "json"

    def write(self, obj: Any, path: Path) -> None:
        save(obj, path, self.backend)

    def read(self, path: Path) -> Any:
        return load(path, classes=[Run, Step])


class PropstoreNetCDF(PropstoreJSON):
    """A netCDF file."""

    name = "propstore, netcdf"
    backend = "netcdf"

"""Objects by hand in HDF5: a group for each record, a dataset for each array."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy

from benchmarks.forms import Form, Run, Step
from propstore.external.durable import fsync_file, replace_durably


class H5py(Form):
    """Written as durably as propstore writes, and read back as what it was."""

    name = "h5py by hand"
    packages = ("h5py",)
    most_records = 1_000

    def write(self, obj: Any, path: Path) -> None:
        temporary = path.with_suffix(".temporary")
        with h5py.File(temporary, "w") as file:
            _write(file, obj if isinstance(obj, dict) else vars(obj))
        with temporary.open("r+b") as stream:
            fsync_file(stream)
        replace_durably(temporary, path)

    def read(self, path: Path) -> Any:
        with h5py.File(path) as file:
            found = _read(file)
        if "steps" not in found:
            return found
        steps = [Step(**found["steps"][str(number)]) for number in range(len(found["steps"]))]
        settings = {**found["settings"], "terms": list(found["settings"]["terms"])}
        return Run(found["name"], settings, steps)


def _write(group: Any, members: Mapping[str, Any]) -> None:
    for name, value in members.items():
        if isinstance(value, numpy.ndarray):
            group[name] = value
        elif isinstance(value, dict):
            _write(group.create_group(name), value)
        elif isinstance(value, list) and value and isinstance(value[0], Step):
            steps = group.create_group(name)
            for step in value:
                _write(steps.create_group(str(step.number)), vars(step))
        else:
            group.attrs[name] = value


def _read(group: Any) -> dict[str, Any]:
    children = {
        name: _read(child) if isinstance(child, h5py.Group) else child[...]
        for name, child in group.items()
    }
    return {**group.attrs, **children}

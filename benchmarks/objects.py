"""Objects saved and loaded, beside pickle and others.

Every file is synced and renamed into place, those of pickle and h5py too, so that all of them
survive the same; but for bagofholding, which does neither.
"""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy

from benchmarks.forms import Form, Run, arrays, records
from benchmarks.measuring import in_rounds
from benchmarks.progress import progress
from benchmarks.scale import Scale
from benchmarks.tables import Remark, Table
from propstore.objects.groups import JSONStorage, NetCDFStorage

__all__ = ["DifferentObjectError", "run"]

PEERS = {
    "pickle_objects": ("Pickle",),
    "propstore_objects": ("PropstoreJSON", "PropstoreNetCDF"),
    "h5py_objects": ("H5py",),
    "bagofholding_objects": ("Bag",),
}
REFERENCE = "pickle"


class DifferentObjectError(AssertionError):
    """A form gives another object than was saved."""


def run(scale: Scale) -> Iterator[Table]:
    """Measure nested records, arrays, and a small change of a large file."""
    forms = list(_forms())
    for count in scale.objects:
        able = [form for form in forms if count <= (form.most_records or count)]
        table = _measure(
            f"objects-{count}", f"Objects: {count:,} records", records(count), able, scale.repeats
        )
        for form in set(forms) - set(able):
            for column in table.units:
                table.add(form.name, column, Remark(f"{form.name} would take minutes."))
        yield table
    size = f"{scale.arrays / 1e6:.0f} MB of arrays"
    yield _measure("objects-arrays", f"Objects: {size}", arrays(scale.arrays), forms, scale.repeats)
    yield _update(f"Objects: one small value beside {size}", scale)


def _forms() -> Iterator[Form]:
    for module_name, class_names in PEERS.items():
        try:
            module = importlib.import_module(f"benchmarks.peers.{module_name}")
        except ImportError as error:
            progress(f"{module_name}: {error}")
            continue
        for name in class_names:
            form: Form = getattr(module, name)()
            yield form


def _measure(name: str, title: str, obj: Any, forms: list[Form], rounds: int) -> Table:
    progress(title)
    table = Table(name, title, REFERENCE, {"save": "s", "load": "s", "size": "B"})
    with tempfile.TemporaryDirectory() as folder:
        paths = {form.name: Path(folder) / form.name for form in forms}

        def writing(form: Form) -> Callable[[int], object]:
            return lambda _: form.write(obj, paths[form.name])

        def reading(form: Form) -> Callable[[int], object]:
            return lambda _: form.read(paths[form.name])

        for column, way in (("save", writing), ("load", reading)):
            ways = {form.name: way(form) for form in forms}
            for label, times in in_rounds(ways, rounds).items():
                table.add(label, column, times)
        for form in forms:
            table.add(form.name, "size", [paths[form.name].stat().st_size])
            if form.note:
                table.notes[form.name, "save"] = form.note
            if not _is_same(form.read(paths[form.name]), obj):
                raise DifferentObjectError(f"{form.name} gives another object than was saved.")
    return table


def _is_same(one: Any, other: Any) -> bool:
    """Compare objects with arrays in them."""
    if isinstance(other, Run) or hasattr(other, "__dataclass_fields__"):
        return type(one) is type(other) and _is_same(vars(one), vars(other))
    if isinstance(other, dict):
        return set(one) == set(other) and all(_is_same(one[name], other[name]) for name in other)
    if isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(numpy.array_equal(one, other))


def _update(title: str, scale: Scale) -> Table:
    """Read and replace one small value of a large file, beside a copy of the file."""
    progress(title)
    table = Table("objects-small", title, "cp and fsync", {"read": "s", "replace": "s"})
    with tempfile.TemporaryDirectory() as folder:
        storages: dict[str, Callable[..., Any]] = {
            "propstore, json": JSONStorage,
            "propstore, netcdf": partial(NetCDFStorage, compression=None),
        }
        for label, storage in storages.items():
            path = Path(folder) / label
            with storage(path) as group:
                group.update(arrays(scale.arrays))
                group["small"] = {"x": numpy.arange(3)}
            ways: dict[str, Callable[[int], object]] = {
                "read": partial(_read_small, storage, path),
                "replace": partial(_replace_small, storage, path),
                "copy": partial(_copy, path),
            }
            times = in_rounds(ways, scale.repeats)
            table.add(label, "read", times["read"])
            table.add(label, "replace", times["replace"])
            table.add("cp and fsync", "read", times["copy"])
            table.add("cp and fsync", "replace", times["copy"])
    return table


def _read_small(storage: Callable[..., Any], path: Path, _: int) -> object:
    with storage(path, mode="r") as group:
        return group["small"]


def _replace_small(storage: Callable[..., Any], path: Path, number: int) -> None:
    with storage(path) as group:
        group["small"] = {"x": numpy.arange(number)}


def _copy(path: Path, _: int) -> None:
    copied = path.with_suffix(".copy")
    shutil.copyfile(path, copied)
    with copied.open("r+b") as stream:
        os.fsync(stream.fileno())

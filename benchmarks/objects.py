"""Time and size of saving and loading objects, beside pickle and others.

Run ``python benchmarks/objects.py``. Every file is synced and renamed into place, those of pickle
and h5py too, so that all of them survive the same; but for bagofholding, which does neither.
Ratios to pickle are what counts.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import pickle
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from propstore.external.durable import atomic_write, fsync_file, replace_durably
from propstore.objects.groups import JSONStorage, NetCDFStorage
from propstore.objects.saving import load, save

Work = Callable[[], object]


@dataclass
class Step:
    """A record as simulations leave it: numbers, words, and small arrays."""

    number: int
    energy: float
    label: str
    forces: numpy.ndarray[Any, Any]
    box: numpy.ndarray[Any, Any]
    parameters: dict[str, float]


@dataclass
class Run:
    """Records in a record."""

    name: str
    settings: dict[str, Any]
    steps: list[Step]


def records(count: int) -> Run:
    """Make a nested record."""
    generator = numpy.random.default_rng(1)
    steps = [
        Step(
            number,
            generator.random(),
            f"step {number}",
            generator.random((8, 3)),
            generator.random(3),
            {"temperature": generator.random(), "pressure": generator.random()},
        )
        for number in range(count)
    ]
    return Run("run", {"cutoff": 9.5, "terms": ["bonds", "angles"]}, steps)


def arrays(size: int) -> dict[str, numpy.ndarray[Any, Any]]:
    """Make arrays that can't be compressed."""
    generator = numpy.random.default_rng(2)
    return {f"array {number}": generator.random(size // 80) for number in range(10)}


class Form(NamedTuple):
    """A way to keep an object in a file, and to get it back."""

    name: str
    write: Callable[[Any, Path], object]
    read: Callable[[Path], Any]


def write_pickle(obj: object, path: Path) -> None:
    """Pickle an object, as durably as propstore saves it."""
    with atomic_write(path) as stream:
        pickle.dump(obj, stream, protocol=5)


def read_pickle(path: Path) -> Any:
    """Unpickle an object."""
    with path.open("rb") as stream:
        return pickle.load(stream)  # noqa: S301 - written above


def write_h5py(obj: Any, path: Path) -> None:
    """Write an object by hand: a group for each record, a dataset for each array."""
    h5py = importlib.import_module("h5py")
    temporary = path.with_suffix(".temporary")
    with h5py.File(temporary, "w") as file:
        _write_into(file, obj)
    with temporary.open("r+b") as stream:
        fsync_file(stream)
    replace_durably(temporary, path)


def _write_into(group: Any, obj: Any) -> None:
    members = obj if isinstance(obj, dict) else vars(obj)
    for name, value in members.items():
        if isinstance(value, numpy.ndarray):
            group[name] = value
        elif isinstance(value, dict | Step):
            _write_into(group.create_group(name), value)
        elif isinstance(value, list) and value and isinstance(value[0], Step):
            for step in value:
                _write_into(group.create_group(f"{name}/{step.number}"), step)
        else:
            group.attrs[name] = value


def read_h5py(path: Path) -> Any:
    """Read it as dicts of dicts."""
    h5py = importlib.import_module("h5py")
    with h5py.File(path) as file:
        return _read_from(file, h5py.Group)


def _read_from(group: Any, kind: type) -> dict[str, Any]:
    children = {
        name: _read_from(child, kind) if isinstance(child, kind) else child[...]
        for name, child in group.items()
    }
    return {**group.attrs, **children}


def write_bag(obj: object, path: Path) -> None:
    """Write an object with bagofholding."""
    importlib.import_module("bagofholding").H5Bag.save(obj, str(path), overwrite_existing=True)


def read_bag(path: Path) -> Any:
    """Read an object with bagofholding."""
    return importlib.import_module("bagofholding").H5Bag(str(path)).load()


def forms(with_bag: bool) -> list[Form]:
    """List what is compared; pickle first."""
    own = [
        Form(f"propstore {name}", partial(_save, name), partial(load, classes=[Run, Step]))
        for name in ("json", "netcdf")
    ]
    found = [Form("pickle", write_pickle, read_pickle), *own]
    if importlib.util.find_spec("h5py"):
        found.append(Form("h5py by hand", write_h5py, read_h5py))
    if with_bag and importlib.util.find_spec("bagofholding"):
        found.append(Form("bagofholding", write_bag, read_bag))
    return found


def _save(backend: Any, obj: object, path: Path) -> None:
    save(obj, path, backend)


def seconds(work: Work) -> float:
    """Measure one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(label: str, obj: object, directory: Path, repeats: int, *, with_bag: bool) -> None:
    """Print a row for each form. They take turns, so that what else goes on slows all of them."""
    compared = forms(with_bag)
    paths = [directory / f"{label}, {form.name}" for form in compared]
    times: list[list[tuple[float, float]]] = [[] for _ in compared]
    for number in range(repeats + 1):
        for form, path, measured in zip(compared, paths, times, strict=True):
            written = seconds(partial(form.write, obj, path))
            read = seconds(partial(form.read, path))
            if number:  # the first imports, and asks git
                measured.append((written, read))
    rows = []
    for measured, path in zip(times, paths, strict=True):
        written, read = (statistics.median(column) for column in zip(*measured, strict=True))
        rows.append((written, read, written + read, path.stat().st_size))
    for form, row in zip(compared, rows, strict=True):
        ratios = " ".join(f"{own / other:8.2f}" for own, other in zip(row, rows[0], strict=True))
        print(
            f"{label:<16} {form.name:<16} {row[0] * 1e3:9.2f} {row[1] * 1e3:9.2f} "
            f"{row[3] / 1e6:9.3f} {ratios}"
        )


def update(directory: Path, size: int, repeats: int) -> None:
    """Read and replace one small value of a large file."""
    path = directory / "large"
    for form in (JSONStorage, partial(NetCDFStorage, compression=None)):
        path.unlink(missing_ok=True)
        with form(path) as group:
            group.update(arrays(size))
            group["small"] = {"x": numpy.arange(3)}

        def read(form: Any = form) -> None:
            with form(path, mode="r") as group:
                group["small"]

        def replace(form: Any = form) -> None:
            with form(path) as group:
                group["small"] = {"x": numpy.arange(4)}

        def copy() -> None:
            shutil.copyfile(path, path.with_suffix(".copy"))
            with path.with_suffix(".copy").open("r+b") as stream:
                os.fsync(stream.fileno())

        name = "json" if form is JSONStorage else "netcdf"
        times = [
            statistics.median(seconds(work) for _ in range(repeats)) * 1e3
            for work in (read, replace, copy)
        ]
        print(
            f"one small value of {path.stat().st_size / 1e6:.0f} MB, {name}: read "
            f"{times[0]:.2f} ms, replace {times[1]:.1f} ms; cp and fsync {times[2]:.1f} ms"
        )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=80_000_000, help="bytes of arrays")
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    columns = ("save ms", "load ms", "MB")
    ratios = ("save", "load", "both", "size")
    print(
        f"{'object':<16} {'form':<16} {' '.join(f'{c:>9}' for c in columns)} "
        f"{' '.join(f'{r:>8}' for r in ratios)}   (ratios to pickle)"
    )
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for count, repeats in ((10, arguments.repeats), (1_000, arguments.repeats), (20_000, 3)):
            with_bag = count <= 100  # it takes minutes beyond
            compare(f"{count} records", records(count), directory, repeats, with_bag=with_bag)
        label = f"{arguments.size / 1e6:.0f} MB of arrays"
        compare(label, arrays(arguments.size), directory, arguments.repeats, with_bag=True)
        update(directory, arguments.size, arguments.repeats)


if __name__ == "__main__":
    main()

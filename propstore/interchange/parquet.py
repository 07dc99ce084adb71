"""A snapshot of records in Parquet, which DuckDB, pandas, polars and Spark read.

It is a folder with one for each record type in it, in Hive's style:
``type=propstore.property_data``. All files have the same columns: those of a property table, the
axes by which records are found, in canonical units, and the whole record as JSON.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from propstore.backends.axes import axes_of
from propstore.errors import InterchangeError
from propstore.model.records import PropertyData
from propstore.model.stored_data import StoredData, load_document
from propstore.tables import Cell, TableLayout

if TYPE_CHECKING:
    import pyarrow

__all__ = ["export_parquet"]

ROWS_A_STEP = 1000  # as Python objects, which take twenty times the memory of columns
STEPS_A_GROUP = 20
GROUPS_A_FILE = 50

RECORD_COLUMNS = {
    "key": "string",
    "type_version": "int32",
    "identity": "string",
    "substance": "string",
    "substance_identity": "string",
    "property_type": "string",
    "property_phase": "string",
    "temperature_K": "float64",
    "pressure_kPa": "float64",
    "canonical_value": "float64",
    "canonical_uncertainty": "float64",
    "canonical_unit": "string",
    "document": "string",
}
"""The columns that every record has, with their types; tools take ``Phase`` for ``phase``."""

_TEXT_COLUMN = re.compile(r"Id|Phase|Source|(Component|Role) \d+")
_COUNT_COLUMN = re.compile(r"N Components|Exact Amount \d+")

Item = TypeVar("Item")


def export_parquet(matches: Iterable[tuple[str, StoredData, object]], directory: str | Path) -> int:
    """Write records to a folder of Parquet files, one folder for each record type in it.

    The records are gone through once, so that the snapshot is of one moment also if others write to
    the store. Memory is bounded: it holds 20,000 rows as columns. The folder is there when all is
    written.

    Parameters
    ----------
    matches
        Keys, records and paths, as a selection gives them; of any types.
    directory
        The folder to make; there may be an empty one.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    ImportError
        If pyarrow is not installed.
    InterchangeError
        If there is something in the folder, or it can't be written.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "Parquet needs pyarrow, which is not installed: pip install 'propstore[pandas]'"
        ) from error
    target = Path(directory)
    try:
        if target.exists() and any(target.iterdir()):
            raise InterchangeError(
                f"there is something in {str(target)!r} already; name another folder."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as temporary:
            spool = _Spool(Path(temporary) / "spool")
            number = spool.fill(matches)
            made = Path(temporary) / "made"
            made.mkdir()
            for type_name in spool.types:
                _write(spool, type_name, made / f"type={type_name}")
            made.rename(target)
    except OSError as error:
        raise InterchangeError(
            f"{str(target)!r} can't be written: {error.strerror or error}."
        ) from error
    return number


class _Spool:
    """Documents on the disk, while it is not known yet which columns all of them need."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self._directory = directory
        self.layout = TableLayout()
        self.types: list[str] = []

    def fill(self, matches: Iterable[tuple[str, StoredData, object]]) -> int:
        """Write records down by their types, and give how many there are."""
        import pyarrow

        schema = pyarrow.schema([("key", "string"), ("document", "string")])
        options = pyarrow.ipc.IpcWriteOptions(compression="zstd")
        writers: dict[str, Any] = {}
        number = 0
        with ExitStack() as stack:
            for chunk in _chunks(matches, ROWS_A_STEP):
                for type_name, rows in self._by_type(chunk).items():
                    if type_name not in writers:
                        sink = str(self._directory / type_name)
                        writers[type_name] = stack.enter_context(
                            pyarrow.ipc.new_stream(sink, schema, options=options)
                        )
                    keys, documents = zip(*rows, strict=True)
                    writers[type_name].write_batch(
                        pyarrow.record_batch([keys, documents], schema=schema)
                    )
                number += len(chunk)
        self.types = sorted(writers)
        return number

    def read(self, type_name: str) -> Iterator[tuple[str, StoredData]]:
        """Give the records of a type with their keys."""
        import pyarrow

        with pyarrow.ipc.open_stream(str(self._directory / type_name)) as reader:
            for batch in reader:
                for key, document in zip(*(column.to_pylist() for column in batch), strict=True):
                    yield key, load_document(document)

    def _by_type(
        self, chunk: Sequence[tuple[str, StoredData, object]]
    ) -> dict[str, list[tuple[str, str]]]:
        rows: dict[str, list[tuple[str, str]]] = {}
        for key, record, _ in chunk:
            if isinstance(record, PropertyData):
                self.layout.row(key, record)
            rows.setdefault(record.stored_type_name().name, []).append((key, record.to_json()))
        return rows


def _write(spool: _Spool, type_name: str, directory: Path) -> None:
    """Write the files of one record type."""
    from pyarrow import Table
    from pyarrow.parquet import ParquetWriter

    directory.mkdir()
    groups = _chunks(_batches(spool, type_name), STEPS_A_GROUP)
    for part, first in enumerate(groups):
        path = directory / f"part-{part:04}.parquet"
        with ParquetWriter(path, first[0].schema, compression="zstd") as writer:
            for group in chain([first], islice(groups, GROUPS_A_FILE - 1)):
                writer.write_table(Table.from_batches(group))


def _batches(spool: _Spool, type_name: str) -> Iterator[pyarrow.RecordBatch]:
    """Give the records of a type as columns, a step at a time."""
    import pyarrow

    header = spool.layout.header()
    schema = pyarrow.schema([*RECORD_COLUMNS.items(), *((name, _type(name)) for name in header)])
    for step in _chunks(spool.read(type_name), ROWS_A_STEP):
        rows = [_row(spool.layout, len(header), key, record) for key, record in step]
        yield pyarrow.RecordBatch.from_arrays(
            [
                pyarrow.array(column, type=field.type)
                for column, field in zip(zip(*rows, strict=True), schema, strict=True)
            ],
            schema=schema,
        )


def _row(layout: TableLayout, width: int, key: str, record: StoredData) -> list[Cell]:
    axes, name = axes_of(record), record.stored_type_name()
    cells: list[Cell] = [None] * width
    if isinstance(record, PropertyData):
        cells = layout.cells(layout.row(key, record))
    return [
        key,
        name.version,
        record.identity(),
        None if axes.substance is None else str(axes.substance),
        None if axes.substance is None else axes.substance.identity,
        axes.property_type,
        axes.phase,
        axes.temperature,
        axes.pressure,
        axes.value,
        axes.uncertainty,
        axes.unit,
        record.to_json(),
        *cells,
    ]


def _type(name: str) -> str:
    if _TEXT_COLUMN.fullmatch(name):
        return "string"
    return "int64" if _COUNT_COLUMN.fullmatch(name) else "float64"


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk

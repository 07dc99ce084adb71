"""What a store is and what it holds, as ``propstore info`` tells it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from rich.table import Table

from propstore.ancillary.area import ANCILLARY
from propstore.backends import LocalFileStorage, PostgresStorage
from propstore.backends.catalog_storage import CatalogStorage
from propstore.backends.local import CATALOG_NAME, HERE
from propstore.cli.record_types import short_name
from propstore.cli.sizes import readable_size
from propstore.cli.tables import titled_table
from propstore.model.component import canonicaliser

__all__ = ["summary_table"]

SHARING = (
    "Threads and processes of one machine may use it at once. SQLite's log (WAL) needs a disk of "
    "this machine, not a network drive."
)
SHARING_A_SERVER = "Threads, processes and machines may use it at once."
DURABILITY = "What is acknowledged survives a kill and a power cut."


_Rows: TypeAlias = list[tuple[str, str]]


def summary_table(store: CatalogStorage) -> Table:
    """Tell what a store is and what it holds."""
    about, contents = store.about(), store.contents()
    rows = [
        ("made", f"{_time(about['created'])} by propstore {about['propstore']}"),
        ("SMILES", _canonicaliser_text(about["canonicaliser"])),
        ("records", f"{sum(contents.types.values()):,}"),
        *(("", f"{number:,} {short_name(name)}") for name, number in contents.types.items()),
        ("substances", f"{contents.substances:,}"),
    ]
    if isinstance(store, LocalFileStorage):
        place, kept = _in_a_folder(store, about)
    elif isinstance(store, PostgresStorage):
        place, kept = _in_postgres(store, about)
    else:
        place, kept = [("place", repr(store))], []
    return titled_table([*place, *rows, *kept])


def _in_a_folder(store: LocalFileStorage, about: dict[str, str]) -> tuple[_Rows, _Rows]:
    """Tell where a store in a folder is, and what its files take."""
    catalog, log = _catalog_sizes(store.root_directory)
    files = [one.stat().st_size for one in _files(store.root_directory / ANCILLARY)]
    place = [
        ("place", str(store.root_directory)),
        ("format", f"{store.stored_format()}, SQLite catalog in WAL mode"),
    ]
    kept = [
        ("on disk", f"catalog {readable_size(catalog)}, log {readable_size(log)}"),
        ("", f"{len(files):,} files beside it, {readable_size(sum(files))}"),
        *([] if about.get("files", HERE) == HERE else [("files in", about["files"])]),
        ("durability", DURABILITY),
        ("sharing", SHARING),
    ]
    if log:
        kept.append(("copying", f"Copy {CATALOG_NAME}-wal too: it has the latest records."))
    return place, kept


def _in_postgres(store: PostgresStorage, about: dict[str, str]) -> tuple[_Rows, _Rows]:
    """Tell where a store in PostgreSQL is, and what its tables take; it never has a password."""
    place = [
        ("place", str(store.address)),
        ("format", f"{about['format']}, in PostgreSQL {store.server_version()}"),
    ]
    kept = [
        ("on disk", f"{readable_size(store.size())} of tables and indexes"),
        ("files in", about.get("files", "no place yet: open it once with files=")),
        ("sharing", SHARING_A_SERVER),
    ]
    return place, kept


def _catalog_sizes(root: Path) -> tuple[int, int]:
    log = root / f"{CATALOG_NAME}-wal"
    return (root / CATALOG_NAME).stat().st_size, log.stat().st_size if log.exists() else 0


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"


def _canonicaliser_text(stored: str) -> str:
    present = canonicaliser()
    if stored == present:
        return f"made canonical by {stored}, which is installed here"
    return (
        f"made canonical by {stored}. Here {present} is installed; if the two write a molecule "
        "in different ways, it is not found."
    )

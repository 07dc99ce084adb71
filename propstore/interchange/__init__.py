"""In and out: property tables, and the stores of OpenFF Evaluator."""

from propstore.interchange.openff import import_openff_store
from propstore.interchange.parquet import export_parquet
from propstore.interchange.report import ImportReport, Rejection
from propstore.interchange.tables import (
    TableRow,
    export_table,
    import_table,
    read_table,
    to_frame,
)

__all__ = [
    "ImportReport",
    "Rejection",
    "TableRow",
    "export_parquet",
    "export_table",
    "import_openff_store",
    "import_table",
    "read_table",
    "to_frame",
]

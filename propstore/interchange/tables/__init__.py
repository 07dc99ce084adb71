"""Property tables, in and out: the CSV format of OpenFF Evaluator's data sets."""

from propstore.interchange.tables.importing import import_table
from propstore.interchange.tables.reading import TableRow, read_table
from propstore.tables.writing import export_table, to_frame

__all__ = ["TableRow", "export_table", "import_table", "read_table", "to_frame"]

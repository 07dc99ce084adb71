"""Property data as a table, with the columns of OpenFF Evaluator."""

from propstore.tables.columns import TableColumns
from propstore.tables.layout import Cell, TableLayout
from propstore.tables.writing import export_table, to_frame

__all__ = ["Cell", "TableColumns", "TableLayout", "export_table", "to_frame"]

"""Property data as a table, with the columns of OpenFF Evaluator."""

from propstore.tables.columns import TableColumns
from propstore.tables.writing import export_table, to_frame

__all__ = ["TableColumns", "export_table", "to_frame"]

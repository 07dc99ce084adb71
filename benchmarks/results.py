"""The results of one run in a directory: Markdown, JSON, and a plot of each table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import conditions, in_words
from benchmarks.plots import draw
from benchmarks.tables import Table

__all__ = ["Cells", "is_drawn", "read_tables", "write"]

Cells = Mapping[tuple[str, str], Mapping[str, Any]]
"""The cells of a table, by row and column, as `Table.to_json` gives them."""


def write(directory: Path, part: str, scale: str, tables: Sequence[Table]) -> None:
    """Write the tables of a part, in the place of those that it had.

    Parameters
    ----------
    directory
        Where ``PART.md`` and ``PART.json`` are written, and ``TABLE.png`` for each comparison.
    part
        The name of the part.
    scale
        How much was measured.
    tables
        Its tables; the last of them is new, and drawn.
    """
    directory.mkdir(parents=True, exist_ok=True)
    found = conditions()
    sections = [f'*A run at the scale "{scale}". {in_words(found)}.*']
    for table in tables:
        sections += [f"### {table.title}", _explanation(table), table.to_markdown()]
        if is_drawn(table):
            sections.append(f"![{table.title}]({table.name}.png)")
    if is_drawn(tables[-1]):
        draw(tables[-1], directory / f"{tables[-1].name}.png")
    text = "\n\n".join(section for section in sections if section) + "\n"
    (directory / f"{part}.md").write_text(text, encoding="utf-8")
    whole = {"conditions": found, "scale": scale, "tables": [table.to_json() for table in tables]}
    (directory / f"{part}.json").write_text(
        json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def read_tables(directory: Path) -> dict[str, Cells]:
    """Read the tables that were written to a directory, by their names."""
    return {
        table["name"]: {(cell["row"], cell["column"]): cell for cell in table["cells"]}
        for path in sorted(directory.glob("*.json"))
        for table in json.loads(path.read_text(encoding="utf-8"))["tables"]
    }


def is_drawn(table: Table) -> bool:
    """Tell whether there is something to compare in a plot."""
    return table.reference is not None


def _explanation(table: Table) -> str:
    if table.reference is None:
        return "Medians, and in parentheses the quartiles."
    return f"Medians, in parentheses the quartiles, and how many times that of {table.reference}."

"""SQLite's account of how it carries out a query, in words."""

from __future__ import annotations

__all__ = ["in_words"]


def in_words(line: str) -> str:
    """Say what a line of SQLite's query plan says; nothing if it says nothing of the records."""
    if line.startswith("SEARCH records"):
        index = line.partition("USING ")[2].replace("COVERING ", "")
        return f"searches its records by the {index.replace('INDEX', 'index')}"
    if line.startswith("SCAN records"):
        return "reads all its records"
    if line.startswith("USE TEMP B-TREE FOR"):
        return "orders what it finds"
    return ""

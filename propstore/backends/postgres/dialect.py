"""What PostgreSQL writes differently from SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from propstore.query.fields import FieldKind

__all__ = ["POSTGRES"]

_TYPES = {
    FieldKind.QUANTITY: ("number", "numeric"),
    FieldKind.NUMBER: ("number", "numeric"),
    FieldKind.TEXT: ("string", "text"),
    FieldKind.PHASE: ("string", "text"),
    FieldKind.BOOLEAN: ("boolean", "boolean"),
}


class _Postgres:
    document = "document_text(document)"

    def value(self, column: str, names: Iterable[str], kind: FieldKind) -> str | None:
        if kind not in _TYPES:
            return None
        in_json, in_sql = _TYPES[kind]
        path = _path(names)
        # A record of another type may have something else there, which could not be converted.
        value = (
            f"CASE WHEN jsonb_typeof({column} #> {path}) = '{in_json}' "
            f"THEN ({column} #>> {path})::{in_sql} END"
        )
        return f'(({value}) COLLATE "C")' if in_sql == "text" else f"({value})"

    def presence(self, column: str, names: Iterable[str]) -> str:
        return f"({column} #>> {_path(names)})"

    def tag_is_one_of(self, name: str, values: Iterable[str]) -> tuple[str, tuple[Any, ...]] | None:
        tags = tuple([json.dumps({name: value}, ensure_ascii=False) for value in values])
        either = " OR ".join(["document -> 'tags' @> ?::jsonb"] * len(tags))
        return f"document -> 'tags' <> '{{}}' AND ({either})", tags

    def unplanned(self, text: str) -> str:
        return f"({text} IS TRUE)"

    def skip_scan(self, types: str, window: str) -> str | None:
        return None  # it is left to the planner, which knows how many records there are


POSTGRES = _Postgres()


def _path(names: Iterable[str]) -> str:
    return "'{" + ",".join(f'"{name}"' for name in names) + "}'"

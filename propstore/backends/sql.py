"""Conditions as SQL over the tables of a catalog.

A clause never fails to find a record: where SQL can't say all of a condition, the clause says
less, and what it finds is tested in Python. No clause is ever NULL, since a comparison with what
is missing is false.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from propstore.backends.dialect import Dialect
from propstore.model.stored_data import StoredData
from propstore.query.composition import ComponentCount, ConsistsOf, HasComponent
from propstore.query.conditions import (
    And,
    Condition,
    Equals,
    Exists,
    Matches,
    Not,
    Or,
    StartsWith,
    SubstanceIs,
    TextWithin,
    Within,
)
from propstore.query.fields import PRESSURE, TEMPERATURE, FieldKind, RecordField, resolve_field
from propstore.query.search import Nearest, Ordering

__all__ = ["Clause", "SearchCompiler"]


class Clause(NamedTuple):
    """A piece of SQL with its parameters.

    Attributes
    ----------
    sql
        The text, with ``?`` for each parameter.
    parameters
        The parameters.
    is_exact
        Whether it says all of what it stands for; otherwise it holds for more records.
    """

    sql: str
    parameters: tuple[Any, ...] = ()
    is_exact: bool = True


EVERYTHING = Clause("TRUE", (), is_exact=False)

MOST_ALTERNATIVES = 1000  # for which an index is looked for; that takes their number squared
MOST_PARAMETERS = 30_000  # of a statement; SQLite takes 32,766 and PostgreSQL 65,535

_COLUMNS = {
    TEMPERATURE: ("temperature", FieldKind.QUANTITY),
    PRESSURE: ("pressure", FieldKind.QUANTITY),
    "substance": ("substance", FieldKind.SUBSTANCE),
    "phase": ("phase", FieldKind.PHASE),
    "property_type": ("property_type", FieldKind.TEXT),
    "value": ("value", FieldKind.QUANTITY),
    "uncertainty": ("uncertainty", FieldKind.QUANTITY),
}


class SearchCompiler:
    """Compiles the conditions of a search for records of one type.

    Parameters
    ----------
    record_type
        The type.
    indexed_fields
        Those of its fields that every one of its records has in the column ``indexed``.
    dialect
        The database's way to write what others write differently.
    """

    def __init__(
        self, record_type: type[StoredData], indexed_fields: frozenset[str], dialect: Dialect
    ) -> None:
        self._record_type = record_type
        self.indexed_fields = indexed_fields
        self._dialect = dialect

    def condition(self, condition: Condition) -> Clause:
        """Compile a bound condition."""
        clause = self._compiled(condition)
        return clause if len(clause.parameters) <= MOST_PARAMETERS else EVERYTHING

    def _compiled(self, condition: Condition) -> Clause:
        match condition:
            case And(conditions):
                return self._joined(" AND ", conditions, "TRUE")
            case Or(conditions):
                return self._joined(" OR ", conditions, "FALSE")
            case Not(inner):
                clause = self.condition(inner)
                negated = Clause(f"NOT ({clause.sql})", clause.parameters)
                return negated if clause.is_exact else EVERYTHING
            case Within(field, low, high):
                return self._within(condition, field, low, high)
            case TextWithin(field, low, high):
                return self._text_within(condition, field, low, high)
            case Equals(field, values):
                return self._equals(field, values)
            case StartsWith(field, prefix):
                return self._on_field(field, "substr({0}, 1, {1}) = {2}", (len(prefix), prefix))
            case Exists(field):
                return self._exists(field)
            case SubstanceIs(field):
                if self._column(field) is None:
                    return EVERYTHING
                return _substance_is(condition.identities)
            case HasComponent() | ConsistsOf() | ComponentCount():
                return _composition(condition)
        return EVERYTHING

    def window_and_rest(self, condition: Condition) -> tuple[Clause, Clause] | None:
        """Compile a window of temperatures apart from the rest of a bound condition.

        None if there is no window, or if another index may help with the rest.
        """
        parts = condition.conditions if isinstance(condition, And) else (condition,)
        windows = tuple([part for part in parts if self._is_window(part)])
        if not windows:
            return None
        rest = tuple([part for part in parts if not self._is_window(part)])
        if not all(self._has_no_index(part) for part in rest):
            return None
        return self.condition(And(windows)), self.condition(And(rest))

    def _is_window(self, part: Condition) -> bool:
        return isinstance(part, Within) and self._column(part.field) == "temperature"

    def _has_no_index(self, part: Condition) -> bool:
        if isinstance(part, Within | TextWithin | Equals | StartsWith | Matches):
            column = self._column(part.field)
            return column != "property_type" and part.field.path not in self.indexed_fields
        return isinstance(part, Exists | Not)

    def ordering(self, ordering: Ordering) -> Clause | None:
        """Compile an order; None if it needs Python."""
        expression = self._expression(ordering.field)
        if expression is None:
            return None
        direction = " DESC" if ordering.descending else ""
        return Clause(f"{expression} IS NULL, {expression}{direction}")

    def nearest(self, nearest: Nearest) -> Clause | None:
        """Compile the order by distance from a state; None if it needs Python."""
        columns: list[str] = []
        parameters: list[float] = []
        for path, wanted in ((TEMPERATURE, nearest.temperature), (PRESSURE, nearest.pressure)):
            if wanted is None:
                continue
            column = self._column(resolve_field(self._record_type, path))
            if column is None:
                return None
            columns.append(column)
            parameters += [wanted] * 4
        return Clause(_distance_text(tuple(columns)), tuple(parameters))

    def _joined(self, operator: str, conditions: tuple[Condition, ...], empty: str) -> Clause:
        clauses = [self.condition(condition) for condition in conditions]
        if len(clauses) < 2:
            return clauses[0] if clauses else Clause(empty)
        text = _joined_text(operator, tuple([clause.sql for clause in clauses]))
        if len(clauses) > MOST_ALTERNATIVES:
            text = self._dialect.unplanned(text)
        return Clause(
            text,
            tuple([parameter for clause in clauses for parameter in clause.parameters]),
            all(clause.is_exact for clause in clauses),
        )

    def _within(
        self, within: Within, field: RecordField, low: float | None, high: float | None
    ) -> Clause:
        expression = self._expression(field)
        if expression is None:
            return EVERYTHING
        clause = _interval(expression, low, high, within.low_is_open, within.high_is_open)
        if expression in ("value", "uncertainty"):
            return Clause(f"unit = ? AND {clause.sql}", (within.unit, *clause.parameters))
        return clause

    def _text_within(
        self, within: TextWithin, field: RecordField, low: str | None, high: str | None
    ) -> Clause:
        expression = self._expression(field)
        if expression is None:
            return EVERYTHING
        return _interval(expression, low, high, within.low_is_open, within.high_is_open)

    def _equals(self, field: RecordField, values: tuple[Any, ...]) -> Clause:
        clause = self._on_field(field, "{0} IN ({1})", values)
        names = field.path.split(".")
        if names[0] != "tags" or len(names) != 2 or not clause.is_exact:
            return clause
        # Besides, in the words of the index: a record that lacks the tag is nowhere in that.
        indexed = self._dialect.tag_is_one_of(names[1], values)
        if indexed is None:
            return clause
        text, parameters = indexed
        return Clause(f"{clause.sql} AND {text}", (*clause.parameters, *parameters))

    def _exists(self, field: RecordField) -> Clause:
        expression = self._column(field)
        names = self._names(field)
        if expression is None and names is not None:
            expression = self._dialect.presence("document", names)
        return EVERYTHING if expression is None else Clause(f"{expression} IS NOT NULL")

    def _on_field(self, field: RecordField, template: str, values: Iterable[Any]) -> Clause:
        expression = self._expression(field)
        if expression is None:
            return EVERYTHING
        parameters = tuple(values)
        return Clause(_on_field_text(expression, template, len(parameters)), parameters)

    def _expression(self, field: RecordField) -> str | None:
        """Give SQL for the value of a field as it is compared, or None."""
        column = self._column(field)
        if column is not None:
            return None if field.kind is FieldKind.SUBSTANCE else column
        if field.path in self.indexed_fields:
            return self._dialect.value("indexed", (field.path,), field.kind)
        comparable = (FieldKind.NUMBER, FieldKind.TEXT, FieldKind.PHASE, FieldKind.BOOLEAN)
        names = self._names(field)
        if names is None or field.kind not in comparable:
            return None
        return self._dialect.value("document", names, field.kind)

    def _column(self, field: RecordField) -> str | None:
        """Give the column of a field, if it is one of the axes that every property has."""
        column, kind = _COLUMNS.get(field.path, (None, None))
        if column is None or field.kind is not kind:
            return None
        if field.path == "uncertainty":
            is_value = resolve_field(self._record_type, "value").kind is FieldKind.QUANTITY
            is_difference = field.dimension is not None and field.dimension.is_difference
            return column if is_value and is_difference else None
        if field.path in (TEMPERATURE, PRESSURE):
            state = resolve_field(self._record_type, "thermodynamic_state")
            return column if state.kind is FieldKind.STATE else None
        return column

    def _names(self, field: RecordField) -> tuple[str, ...] | None:
        """Give the names on the way to a field that the document says whenever it has one."""
        names = tuple(field.path.split("."))
        if not all(name.isidentifier() or name.replace("-", "_").isidentifier() for name in names):
            return None
        if self._has_default(names[0]):
            # A document from before the field was added has the default without saying so.
            return None
        return names

    def _has_default(self, name: str) -> bool:
        info = self._record_type.model_fields.get(name)
        if info is None or info.is_required():
            return info is None
        if info.default_factory is not None:
            return info.default_factory is not dict
        return info.default is not None


def _interval(
    expression: str, low: Any, high: Any, low_is_open: bool, high_is_open: bool
) -> Clause:
    least = None if low is None else ">" if low_is_open else ">="
    most = None if high is None else "<" if high_is_open else "<="
    parameters = tuple([bound for bound in (low, high) if bound is not None])
    return Clause(_interval_text(expression, least, most), parameters)


# Most queries are written in few ways: their texts are put together once.


@lru_cache(maxsize=1024)
def _interval_text(expression: str, least: str | None, most: str | None) -> str:
    terms = [f"{expression} {operator} ?" for operator in (least, most) if operator is not None]
    return " AND ".join([f"{expression} IS NOT NULL", *terms])


@lru_cache(maxsize=1024)
def _on_field_text(expression: str, template: str, number: int) -> str:
    marks = ["?"] * number
    operands = marks if "{2}" in template else [", ".join(marks)]
    return f"{expression} IS NOT NULL AND {template.format(expression, *operands)}"


@lru_cache(maxsize=1024)
def _distance_text(columns: tuple[str, ...]) -> str:
    lacking = [f"{column} IS NULL" for column in columns]
    terms = [f"({column} - ?) / ? * (({column} - ?) / ?)" for column in columns]
    return f"{' OR '.join(lacking)}, {' + '.join(terms)}"


@lru_cache(maxsize=1024)
def _joined_text(operator: str, texts: tuple[str, ...]) -> str:
    return _tree(operator, texts)


def _tree(operator: str, texts: tuple[str, ...]) -> str:
    """Join texts as a balanced tree: SQLite takes no expression that is 1,000 operators deep."""
    if len(texts) == 1:
        return f"({texts[0]})"
    middle = len(texts) // 2
    one, other = _tree(operator, texts[:middle]), _tree(operator, texts[middle:])
    return f"({one}{operator}{other})"


def _substance_is(identities: tuple[str, ...]) -> Clause:
    if len(identities) == 1:  # no id is 0, and there is no set to be made of the ids
        selected = "coalesce((SELECT id FROM substances WHERE identity = ?), 0)"
        return Clause(f"substance IS NOT NULL AND substance = {selected}", identities)
    return _of_substances(
        f"SELECT id FROM substances WHERE identity IN ({_marks(identities)})", identities
    )


def _composition(condition: HasComponent | ConsistsOf | ComponentCount) -> Clause:
    if isinstance(condition, ComponentCount):
        return _of_substances(
            "SELECT id FROM substances WHERE size BETWEEN ? AND ?", (condition.low, condition.high)
        )
    if isinstance(condition, ConsistsOf):
        return _consists_of(sorted(condition.names))
    terms = ["name = ?"]
    parameters: list[Any] = [condition.name]
    if condition.role is not None:
        terms.append("role = ?")
        parameters.append(condition.role.value)
    if condition.low is not None:
        terms.append("mole_fraction BETWEEN ? AND ?")
        parameters += [condition.low, condition.high]
    return _of_substances(
        f"SELECT substance FROM components WHERE {' AND '.join(terms)}", tuple(parameters)
    )


def _consists_of(names: list[str]) -> Clause:
    having = " INTERSECT ".join("SELECT substance FROM components WHERE name = ?" for _ in names)
    others = (
        "SELECT substance FROM components WHERE substance IN "
        f"(SELECT substance FROM components WHERE name = ?) AND name NOT IN ({_marks(names)})"
    )
    return _of_substances(f"{having} EXCEPT {others}", (*names, names[0], *names))


def _of_substances(select: str, parameters: tuple[Any, ...]) -> Clause:
    return Clause(f"substance IS NOT NULL AND substance IN ({select})", parameters)


def _marks(values: Iterable[Any]) -> str:
    return ", ".join("?" for _ in values)

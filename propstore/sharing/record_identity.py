"""The identity of a record that may not be there yet."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from propstore.errors import InvalidDataError, PropstoreError, QueryError
from propstore.model.identity import canonical_form, content_digest
from propstore.model.stored_data import ReplaceableData, StoredData
from propstore.model.validation import nearest_names, shown
from propstore.query.comparisons import field
from propstore.query.conditions import And, Condition
from propstore.query.fields import FieldKind, resolve_field
from propstore.sharing.criterion import Criterion, ExactCriterion, criteria_of, flattened

__all__ = ["RecordIdentity"]

_NOT_COMPARED = (FieldKind.OTHER, FieldKind.ANY)


class RecordIdentity:
    """What a replaceable record is about, without the record.

    Parameters
    ----------
    record_type
        The record type: a `ReplaceableData`, whose ``identity_fields`` say what is needed.
    **fields
        The identity fields. One that has a default may be left out.

    Raises
    ------
    QueryError
        If the type has no identity that could be known before the record is.
    InvalidDataError
        If a field is missing or is not what the type takes.
    """

    def __init__(self, record_type: type[ReplaceableData], /, **fields: Any) -> None:
        is_replaceable = isinstance(record_type, type) and issubclass(record_type, ReplaceableData)
        if not is_replaceable or record_type.type_name is None:
            raise QueryError(
                f"{record_type!r} is not a type of replaceable records, which alone have an "
                "identity before they are computed; ask by a query."
            )
        known = record_type.identity_fields
        unknown = [name for name in fields if name not in known]
        if unknown:
            raise InvalidDataError(
                f"{unknown[0]!r} is no identity field of {record_type.__name__}; "
                f"{nearest_names(unknown[0], list(known))}"
            )
        self.record_type: type[StoredData] = record_type
        self.fields = {name: _value(record_type, name, fields) for name in known}

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"RecordIdentity({self.record_type.__name__}, {given})"

    def __reduce__(self) -> Any:
        return _remade, (self.record_type, self.fields)

    @cached_property
    def identity(self) -> str:
        """The identity of the record, as its own method ``identity`` will give it."""
        forms = {name: canonical_form(value) for name, value in self.fields.items()}
        assert self.record_type.type_name is not None
        return content_digest([self.record_type.type_name.name, forms])

    def criteria(self) -> tuple[Criterion, ...]:
        """Give what is asked of the record, field by field."""
        parts: list[Condition] = []
        asked = flattened(self.fields)
        for name, value in self.fields.items():
            if resolve_field(self.record_type, name).kind not in _NOT_COMPARED:
                parts.append(~field(name).exists() if value is None else field(name) == value)
        bound = And(tuple(parts)).bind(self.record_type)
        searched = {criterion.path: criterion for criterion in criteria_of(bound, asked)}
        everything = And(())
        return tuple(
            ExactCriterion(
                path, value, searched[path].condition if path in searched else everything
            )
            for path, value in asked.items()
        )


def _remade(record_type: type[ReplaceableData], fields: dict[str, Any]) -> RecordIdentity:
    return RecordIdentity(record_type, **fields)


def _value(record_type: type[ReplaceableData], name: str, given: dict[str, Any]) -> Any:
    """Read the value of an identity field as the record type reads it."""
    info = record_type.model_fields[name]
    if name not in given:
        if info.is_required():
            raise InvalidDataError(f"{record_type.__name__}.{name} has no default: give it.")
        return info.get_default(call_default_factory=True)
    try:
        return _reader(record_type, name).validate_python(given[name])
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        original = details.get("ctx", {}).get("error")
        kind = type(original) if isinstance(original, PropstoreError) else InvalidDataError
        raise kind(
            f"{record_type.__name__}.{name}: {original or details['msg']} "
            f"(given: {shown(given[name])})"
        ) from None


@cache
def _reader(record_type: type[ReplaceableData], name: str) -> TypeAdapter[Any]:
    info = record_type.model_fields[name]
    annotation: Any = info.annotation
    for part in info.metadata:
        annotation = Annotated[annotation, part]
    return TypeAdapter(annotation)

"""What a declared record type has to be, so that each of its records can be read again."""

from __future__ import annotations

from pydantic import BaseModel

__all__ = ["OUTSIDE_IDENTITY", "check_declaration", "check_field_names"]

OUTSIDE_IDENTITY = frozenset({"tags", "provenance"})
"""The fields that every record has and that have no part in its identity."""

_RESERVED = frozenset(
    {
        "type",
        "type_name",
        "requires_files",
        "indexed_fields",
        "identity_fields",
        "identity",
        "identity_document",
        "stored_type_name",
        "to_json",
        "from_json",
        "most_information",
    }
)


def check_declaration(record_type: type[BaseModel]) -> None:
    """Refuse a record type that loses something on the way to JSON and back.

    Raises
    ------
    TypeError
        If a field has a name that propstore keeps for itself or is left out of JSON, or if
        records can be changed or take fields that are not declared.
    """
    name, fields = record_type.__name__, record_type.model_fields
    taken = OUTSIDE_IDENTITY.intersection(record_type.__annotations__) | _RESERVED.intersection(
        fields
    )
    if taken:
        raise TypeError(
            f"{name} can't have fields called {sorted(taken)}: "
            "propstore keeps these names for itself."
        )
    excluded = [field for field, info in fields.items() if info.exclude]
    if excluded:
        raise TypeError(f"{name} would lose {excluded}: a record's fields are not excluded.")
    config = record_type.model_config
    if config.get("extra") == "allow" or not config.get("frozen"):
        raise TypeError(f"{name} has to be frozen, and can't allow extra fields.")


def check_field_names(record_type: type[BaseModel], attribute: str) -> None:
    """Refuse a class attribute that does not name fields of the record type.

    Raises
    ------
    TypeError
        If it is not a tuple, or names what is not a field or has no part in identity.
    """
    names = getattr(record_type, attribute)
    if not isinstance(names, tuple):
        raise TypeError(f"{record_type.__name__}.{attribute} is a tuple of names, not {names!r}.")
    unknown = [name for name in names if name not in record_type.model_fields]
    unknown += OUTSIDE_IDENTITY.intersection(names)
    if unknown:
        raise TypeError(
            f"{record_type.__name__}.{attribute} names {unknown}, no fields of its own."
        )

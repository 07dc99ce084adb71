"""The registry of record types: versioned names, the classes they stand for, and migrations.

Types are named, not imported: a stored document says ``"type": "propstore.property_data@v1"``,
and what that means is decided here, by the program that reads, never by the store.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from propstore.errors import DuplicateTypeError, MigrationError, UnknownTypeError
from propstore.model.documents import Document
from propstore.model.validation import nearest_names

__all__ = ["Migration", "TypeName", "TypeRegistry"]

Registered = TypeVar("Registered")

Migration: TypeAlias = Callable[[Document], Document]
"""Turns the document of one version into that of the next; it may change its argument."""

_TYPE_NAME = re.compile(r"(?P<name>[A-Za-z_][\w-]*(?:\.[\w-]+)*)@v(?P<version>[1-9]\d*)", re.ASCII)


class TypeName(NamedTuple):
    """The name of a record type and the version of its documents."""

    name: str
    version: int

    @classmethod
    def parse(cls, text: str) -> TypeName:
        """Read ``"propstore.property_data@v1"``.

        Raises
        ------
        UnknownTypeError
            If it has another form.
        """
        match = _TYPE_NAME.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise UnknownTypeError(
                f"{text!r} is not the name of a record type, such as 'mylab.viscosity@v1'."
            )
        return cls(match["name"], int(match["version"]))

    def __str__(self) -> str:
        return f"{self.name}@v{self.version}"


class TypeRegistry(Generic[Registered]):
    """Maps the names of record types to classes, and old versions to migrations."""

    def __init__(self) -> None:
        self._classes: dict[str, type[Registered]] = {}
        self._migrations: dict[TypeName, Migration] = {}

    def register(self, type_name: TypeName, record_type: type[Registered]) -> None:
        """Let a name stand for a class.

        A class that is defined again (a notebook cell that is run twice) takes its own place.

        Raises
        ------
        DuplicateTypeError
            If another class has the name.
        """
        known = self._classes.get(type_name.name)
        if known is not None and _place(known) != _place(record_type):
            raise DuplicateTypeError(
                f"{type_name.name!r} is the name of {_place(known)} already; "
                f"{_place(record_type)} needs one of its own."
            )
        self._classes[type_name.name] = record_type

    def forget(self, record_type: type[Registered]) -> None:
        """Let the name of a class stand for nothing again, as a test does with its own types."""
        for name, known in list(self._classes.items()):
            if known is record_type:
                del self._classes[name]

    def add_migration(self, old: TypeName, migrate: Migration) -> None:
        """Let a function bring documents of one version to the next."""
        self._migrations[old] = migrate

    def find(self, name: str) -> type[Registered] | None:
        """Give the class of a name without its version, or None."""
        return self._classes.get(name)

    def get(self, name: str) -> type[Registered]:
        """Give the class of a name, with or without a version.

        Raises
        ------
        UnknownTypeError
            If there is none; the message has the nearest names.
        """
        found = self._classes.get(name.partition("@")[0])
        if found is None:
            known = nearest_names(name, list(self._classes))
            raise UnknownTypeError(f"no record type is called {name!r}; {known}")
        return found

    def names(self) -> list[str]:
        """List the registered names, without versions."""
        return sorted(self._classes)

    def classes(self) -> list[type[Registered]]:
        """List the registered classes, in the order of their names."""
        return [self._classes[name] for name in self.names()]

    def migrate(self, stored: TypeName, current: TypeName, document: Document) -> Document:
        """Bring a document up to date, one version after the other.

        Raises
        ------
        MigrationError
            If a migration is missing, or fails.
        """
        for version in range(stored.version, current.version):
            old = TypeName(stored.name, version)
            migrate = self._migrations.get(old)
            if migrate is None:
                raise MigrationError(
                    f"a document of {stored} can't become {current}: there is no migration from "
                    f"{old}; register one with @propstore.migration({str(old)!r})."
                )
            try:
                document = migrate(document)
            except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
                raise MigrationError(f"the migration from {old} failed: {error!r}") from error
            if not isinstance(document, dict):
                raise MigrationError(f"the migration from {old} gave {document!r}, no document.")
        return document


def _place(record_type: type) -> str:
    return f"{record_type.__module__}.{record_type.__qualname__}"

"""What a catalog needs of the connections to its database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

__all__ = ["Answer", "CatalogConnections", "Writer"]


class Answer(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Any:
        """Give the next row; None if there is none."""

    def fetchall(self) -> list[Any]:
        """Give all rows that are left."""


class Writer(Protocol):
    """Carries out statements in a transaction, with ``?`` for each parameter."""

    def execute(self, text: str, parameters: Sequence[Any] = ..., /) -> Answer:
        """Carry out a statement."""

    def executemany(self, text: str, parameters: Iterable[Sequence[Any]], /) -> Any:
        """Carry out a statement for each of many parameters."""


class CatalogConnections(Protocol):
    """The connections of one store object to its catalog."""

    @property
    def is_writing(self) -> bool:
        """Whether this thread is inside a transaction."""

    def fetch(self, text: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Read all rows of a statement."""

    def fetch_one(self, text: str, parameters: tuple[object, ...] = ()) -> tuple[Any, ...] | None:
        """Read the first row of a statement, or None."""

    def stream(self, text: str, parameters: tuple[object, ...] = ()) -> Iterable[tuple[Any, ...]]:
        """Read the rows of a statement as they are asked for; they are asked for at once."""

    def writing(self) -> AbstractContextManager[Writer]:
        """Write in a transaction, which is the outermost one if they are nested."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what a block does inside a transaction, and no more of it, if the block raises."""

    def close(self) -> None:
        """Close all connections."""

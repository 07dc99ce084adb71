"""The claims of a store, as a table of its catalog in SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Protocol

from propstore.backends.connections import Connections
from propstore.errors import StoreFormatError
from propstore.sharing.bell import Bell
from propstore.sharing.claim import Claim, Holding
from propstore.sharing.owner import Owner

__all__ = ["SQLiteClaims"]

_SELECT = "SELECT name, token, owner, since, expiry, beats, is_doubted FROM claims"


class Claimed(Protocol):
    """What the table needs of the store that it is of."""

    @property
    def _lock(self) -> AbstractContextManager[object]: ...

    @property
    def _connections(self) -> Connections: ...

    def _check_open(self) -> None: ...


class SQLiteClaims:
    """The claims of all processes that work on one catalog.

    A token is the row's number, which SQLite never gives twice. Taking, renewing, doubting and
    releasing are transactions of their own, or part of the caller's if there is one.
    """

    def __init__(self, store: Claimed) -> None:
        self.bell = Bell()
        self._store = store

    def acquire(self, name: str, expiry: float, instead_of: Holding | None = None) -> Claim | None:
        """Take a claim that is free, or that is held just as it was seen to be."""
        since = datetime.now(UTC)
        with self._writing() as connection:
            if instead_of is not None:
                connection.execute(
                    "DELETE FROM claims WHERE token = ? AND beats = ? AND is_doubted = ?",
                    (instead_of.claim.token, instead_of.beats, instead_of.is_doubted),
                )
            if connection.execute("SELECT 1 FROM claims WHERE name = ?", (name,)).fetchone():
                return None
            owner = json.dumps(asdict(Owner.here()))
            (token,) = connection.execute(
                "INSERT INTO claims (name, owner, since, expiry) VALUES (?, ?, ?, ?) "
                "RETURNING token",
                (name, owner, since.isoformat(), expiry),
            ).fetchone()
        return Claim(name, token, expiry, since)

    def inspect(self, name: str) -> Holding | None:
        """Tell who holds a claim; None if it is free."""
        self._store._check_open()
        row = self._store._connections.fetch_one(f"{_SELECT} WHERE name = ?", (name,))
        return None if row is None else _holding(*row)

    def holdings(self) -> list[Holding]:
        """Give all claims that someone holds, or held until it was killed."""
        self._store._check_open()
        return [_holding(*row) for row in self._store._connections.fetch(_SELECT)]

    def renew(self, claim: Claim) -> bool:
        """Give a sign of life; False if another has taken over."""
        return self._change(
            "UPDATE claims SET beats = beats + 1, is_doubted = 0 WHERE token = ?", claim.token
        )

    def doubt(self, holding: Holding) -> None:
        """Write that there was no sign of life for long, unless there is one by now."""
        self._change(
            "UPDATE claims SET is_doubted = 1 WHERE token = ? AND beats = ?",
            holding.claim.token,
            holding.beats,
        )

    def is_current(self, claim: Claim) -> bool:
        """Tell whether nobody has taken over."""
        holding = self.inspect(claim.name)
        return holding is not None and holding.claim.token == claim.token

    def release(self, claim: Claim) -> None:
        """Let go of a claim; nothing happens if another has taken over."""
        self._change("DELETE FROM claims WHERE token = ?", claim.token)

    def _change(self, statement: str, *parameters: int) -> bool:
        with self._writing() as connection:
            return connection.execute(statement, parameters).rowcount > 0

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._store._lock:
            self._store._check_open()
            with self._store._connections.writing() as connection:
                yield connection


def _holding(
    name: str, token: int, owner: str, since: str, expiry: float, beats: int, is_doubted: int
) -> Holding:
    try:
        claim = Claim(name, token, expiry, datetime.fromisoformat(since))
        return Holding(claim, Owner(**json.loads(owner)), beats, bool(is_doubted))
    except (TypeError, ValueError) as error:
        raise StoreFormatError(
            f"the claim {token!r} in the catalog is damaged ({error}); run 'propstore repair'."
        ) from error

"""The claims of a store, as a table in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Protocol

from propstore.backends.postgres.connections import PostgresConnections
from propstore.backends.postgres.listening import ListeningBell
from propstore.backends.postgres.statements import Statements
from propstore.errors import StoreFormatError
from propstore.sharing.claim import Claim, Holding
from propstore.sharing.owner import Owner

__all__ = ["PostgresClaims"]

_SELECT = "SELECT name, token, owner, since, expiry, beats, is_doubted FROM claims"


class Claimed(Protocol):
    """What the table needs of the store that it is of."""

    @property
    def _connections(self) -> PostgresConnections: ...

    def _check_open(self) -> None: ...


class PostgresClaims:
    """The claims of all processes that work on one store.

    A token is a number that PostgreSQL gives once. Taking, renewing, doubting and releasing are
    transactions of their own, or part of the caller's if there is one; none waits for a batch of
    another thread. Who releases a claim notifies those who wait.
    """

    def __init__(self, store: Claimed) -> None:
        connections = store._connections
        self.bell = ListeningBell(connections.connect, connections.address.channel)
        self._store = store

    def acquire(self, name: str, expiry: float, instead_of: Holding | None = None) -> Claim | None:
        """Take a claim that is free, or that is held just as it was seen to be."""
        return self._connections.attempt(lambda: self._acquire(name, expiry, instead_of))

    def _acquire(self, name: str, expiry: float, instead_of: Holding | None) -> Claim | None:
        since = datetime.now(UTC)
        with self._writing() as statements:
            if instead_of is not None:
                statements.execute(
                    "DELETE FROM claims WHERE token = ? AND beats = ? AND is_doubted = ?",
                    (instead_of.claim.token, instead_of.beats, instead_of.is_doubted),
                )
            owner = json.dumps(asdict(Owner.here()))
            row = statements.execute(
                "INSERT INTO claims (name, owner, since, expiry) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (name) DO NOTHING RETURNING token",
                (name, owner, since.isoformat(), expiry),
            ).fetchone()
            if row is None:
                return None
            statements.witness = ("SELECT 1 FROM claims WHERE token = ?", row)
        return Claim(name, row[0], expiry, since)

    def inspect(self, name: str) -> Holding | None:
        """Tell who holds a claim; None if it is free."""
        self._store._check_open()
        row = self._connections.fetch_one(f"{_SELECT} WHERE name = ?", (name,))
        return None if row is None else _holding(*row)

    def holdings(self) -> list[Holding]:
        """Give all claims that someone holds, or held until it was killed."""
        self._store._check_open()
        return [_holding(*row) for row in self._connections.fetch(_SELECT)]

    def renew(self, claim: Claim) -> bool:
        """Give a sign of life; False if another has taken over."""
        return self._change(
            "UPDATE claims SET beats = beats + 1, is_doubted = false WHERE token = ?", claim.token
        )

    def doubt(self, holding: Holding) -> None:
        """Write that there was no sign of life for long, unless there is one by now."""
        self._change(
            "UPDATE claims SET is_doubted = true WHERE token = ? AND beats = ?",
            holding.claim.token,
            holding.beats,
        )

    def is_current(self, claim: Claim) -> bool:
        """Tell whether nobody has taken over; in a transaction, nobody does until its end."""
        self._store._check_open()
        lock = " FOR UPDATE" if self._connections.is_writing else ""
        rows = self._connections.fetch(
            f"SELECT 1 FROM claims WHERE token = ?{lock}", (claim.token,)
        )
        return bool(rows)

    def release(self, claim: Claim) -> None:
        """Let go of a claim, and wake who waits; nothing happens if another has taken over."""
        self._connections.attempt(lambda: self._release(claim))

    def _release(self, claim: Claim) -> None:
        with self._writing() as statements:
            if statements.execute("DELETE FROM claims WHERE token = ?", (claim.token,)).rowcount:
                channel = self._connections.address.channel
                statements.execute("SELECT pg_notify(?, ?)", (channel, claim.name))

    def _change(self, statement: str, *parameters: int) -> bool:
        with self._writing() as statements:
            return statements.execute(statement, parameters).rowcount > 0

    @property
    def _connections(self) -> PostgresConnections:
        return self._store._connections

    @contextmanager
    def _writing(self) -> Iterator[Statements]:
        self._store._check_open()
        connections = self._connections
        own: AbstractContextManager[Statements]
        own = connections.writing() if connections.is_writing else connections.apart()
        with own as statements:
            yield statements


def _holding(name: str, token: int, owner: str, since: str, *signs: Any) -> Holding:
    expiry, beats, is_doubted = signs
    try:
        claim = Claim(name, token, expiry, datetime.fromisoformat(since))
        return Holding(claim, Owner(**json.loads(owner)), beats, is_doubted)
    except (TypeError, ValueError) as error:
        raise StoreFormatError(f"the claim {token!r} is damaged: {error}.") from error

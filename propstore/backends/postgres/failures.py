"""What goes wrong with a database, in propstore's own errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from propstore.backends.postgres.address import Address
from propstore.errors import (
    InvalidDataError,
    PropstoreError,
    StoreBusyError,
    StoreConnectionError,
    StoreError,
    StoreFormatError,
    StoreReadOnlyError,
)

__all__ = ["can_be_repeated", "is_lost", "is_starting", "reporting"]

LOST = ("57P01", "57P02", "57P03", "57P05", "25P03")  # the server ended the connection
CONFLICTS = ("40001", "40P01")  # what others did at the same time; the transaction is undone
BUSY = ("53300", "55P03", "57014")
REFUSED = ("42501", "25006")
NO_TABLES = ("3F000", "42P01", "42703", "42883")


def is_lost(error: BaseException | None) -> bool:
    """Tell whether the connection to the server is lost, or can't be made."""
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return error.sqlstate is None or error.sqlstate in LOST or error.sqlstate.startswith("08")


def is_starting(error: BaseException | None) -> bool:
    """Tell whether the server is there, and about to take connections."""
    return is_lost(error) and any(
        text in str(error) for text in ("starting up", "shutting down", "recovery mode")
    )


def can_be_repeated(error: StoreError) -> bool:
    """Tell whether what failed is undone for certain, and may succeed if it is done again."""
    cause = error.__cause__
    if not isinstance(cause, psycopg.Error):
        return False
    return is_lost(cause) or cause.sqlstate in (*CONFLICTS, "53300")


@contextmanager
def reporting(address: Address) -> Iterator[None]:
    """Turn psycopg's errors into propstore's."""
    try:
        yield
    except psycopg.Error as error:
        raise _translated(error, address) from _harmless(error, address)


def _translated(error: psycopg.Error, address: Address) -> PropstoreError:
    state = error.sqlstate
    what = address.without_secrets(str(error).strip()) or type(error).__name__
    if is_lost(error):
        return StoreConnectionError(f"the database {str(address)!r} can't be reached: {what}")
    if state in (*CONFLICTS, *BUSY):
        return StoreBusyError(f"others use {str(address)!r} at the same time; try again: {what}")
    if state in REFUSED:
        return StoreReadOnlyError(f"{str(address)!r} does not let this role do that: {what}")
    if state in NO_TABLES:
        return StoreFormatError(f"the tables of {str(address)!r} are damaged: {what}")
    if isinstance(error, psycopg.DataError):
        return InvalidDataError(f"PostgreSQL can't store that: {what}")
    return StoreError(f"{str(address)!r} can't be used: {what}")


def _harmless(error: psycopg.Error, address: Address) -> psycopg.Error:
    """Give an error that can be shown as the cause of another."""
    text = address.without_secrets(str(error))
    if text == str(error):
        return error
    shown = type(error)(text)
    shown.sqlstate = error.sqlstate
    return shown

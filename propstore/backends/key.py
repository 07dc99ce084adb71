"""The keys under which records are stored."""

from __future__ import annotations

import re

from propstore.backends.key_index import RESERVED_KEY
from propstore.errors import InvalidDataError

__all__ = ["check_key", "is_key"]

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{1,63}")


def is_key(key: object) -> bool:
    """Tell whether a record can be stored under a key."""
    return (
        isinstance(key, str)
        and _KEY.fullmatch(key) is not None
        and not key.startswith(RESERVED_KEY)
    )


def check_key(key: str) -> None:
    """Refuse what is no key.

    Raises
    ------
    InvalidDataError
        If it is none.
    """
    if not is_key(key):
        raise InvalidDataError(
            f"{key!r} is not a key: 2 to 64 lower-case letters, digits, '_' and '-', "
            "such as the 32 hexadecimal digits of a UUID."
        )

"""The keys under which records are stored."""

from __future__ import annotations

import os
import re

from propstore.backends.key_index import RESERVED_KEY
from propstore.errors import InvalidDataError

__all__ = ["check_key", "is_key", "new_key"]

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{1,63}")

_RANDOM_BITS = ~(0xF << 76 | 0x3 << 62)
_VERSION_BITS = 0x4 << 76 | 0x2 << 62


def new_key() -> str:
    """Make the key of a new record: the hexadecimal digits of a random UUID.

    They are made here, as the class for UUIDs takes four times as long.
    """
    number = int.from_bytes(os.urandom(16)) & _RANDOM_BITS | _VERSION_BITS
    return f"{number:032x}"


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

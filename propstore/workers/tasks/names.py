"""Names of workflows and tasks, which may be any text, as parts of locations."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, unquote

from propstore.errors import InvalidDataError

__all__ = ["encoded_name", "original_name"]

LONGEST_PART = 200  # bytes; two of them and the rest of a location leave 500 for an S3 prefix
CUT_MARK = "="  # quote() never leaves one


def encoded_name(noun: str, name: str) -> str:
    """Encode a name as one part of a location: no two names as the same.

    It is percent-encoded; what is too long then is cut, and ends in ``=`` and the SHA-256 of the
    name.

    Parameters
    ----------
    noun : str
        What is called so, for the error.
    name : str
        The name.

    Raises
    ------
    InvalidDataError
        If it is empty, or not text.
    """
    if not isinstance(name, str) or not name:
        raise InvalidDataError(f"the name of a {noun} is {name!r}; it has to be text, not empty")
    encoded = quote(name, safe="", errors="surrogatepass")
    if encoded.startswith("."):  # '.' and '..' lead elsewhere
        encoded = f"%2E{encoded[1:]}"
    if len(encoded) <= LONGEST_PART:
        return encoded
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{encoded[: LONGEST_PART - len(digest) - 1]}{CUT_MARK}{digest}"


def original_name(encoded: str) -> str | None:
    """Give the name that was encoded; None if it was cut."""
    return None if CUT_MARK in encoded else unquote(encoded, errors="surrogatepass")

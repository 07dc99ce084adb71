"""Where a store is in PostgreSQL: a database, and a schema in it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from propstore.backends.connections import Durability
from propstore.errors import NotAStoreError, UnsupportedOperationError

__all__ = ["SCHEMES", "Address"]

SCHEMES = ("postgresql", "postgres")
DEFAULT_SCHEMA = "propstore"
DEFAULTS = {
    "application_name": "propstore",
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 30,  # seconds; so a network that is gone is noticed within two minutes
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,52}")
_SECRETS = ("password", "sslpassword", "oauth_client_secret")


class Address:
    """The place of a store, whose secrets are never shown.

    Parameters
    ----------
    url
        As PostgreSQL's own programs take it: ``postgresql://user@host:port/database``, with
        ``?name=value`` for their options; besides, ``schema`` names the schema of the store.

    Raises
    ------
    NotAStoreError
        If it is no such URL.
    UnsupportedOperationError
        If psycopg is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import psycopg
            from psycopg.conninfo import conninfo_to_dict
        except ImportError as error:
            raise UnsupportedOperationError(
                "a store in PostgreSQL needs psycopg: pip install 'propstore[postgres]'."
            ) from error
        try:
            plain, self.schema = _split(url)
            self._parameters: dict[str, Any] = conninfo_to_dict(plain)
        except (ValueError, psycopg.Error):
            # What is wrong is not quoted: it may be a part of the password.
            raise NotAStoreError(
                "the URL can't be read; one of a store in PostgreSQL is like "
                "'postgresql://user@host:5432/database?schema=results', with characters such as @ "
                "and / in the password written as %40 and %2F."
            ) from None
        if not _SCHEMA.fullmatch(self.schema):
            raise NotAStoreError(
                f"{self.schema!r} can't be the schema of a store: small letters, digits and _ can."
            )
        self.url = url

    def __str__(self) -> str:
        known = self._parameters
        user = f"{known['user']}@" if known.get("user") else ""
        port = f":{known['port']}" if known.get("port") else ""
        host, database = known.get("host") or "", known.get("dbname") or ""
        return f"postgresql://{user}{host}{port}/{database}?schema={self.schema}"

    @property
    def channel(self) -> str:
        """The channel on which those who share the store notify each other."""
        return f"propstore_{self.schema}"

    def parameters(self, *, read_only: bool, durability: Durability) -> dict[str, Any]:
        """Give what a connection is opened with."""
        settings = {
            "search_path": self.schema,
            "cursor_tuple_fraction": "1",  # answers are read to their end
            "default_transaction_read_only": "on" if read_only else "off",
            "synchronous_commit": "on" if durability == "full" else "off",
        }
        options = [self._parameters.get("options", "")]
        options += [f"-c {name}={value}" for name, value in settings.items()]
        return {**DEFAULTS, **self._parameters, "options": " ".join(options).strip()}

    def without_secrets(self, text: str) -> str:
        """Give a message with nothing secret in it."""
        for name in _SECRETS:
            if self._parameters.get(name):
                text = text.replace(self._parameters[name], "***")
        return text


def _split(url: str) -> tuple[str, str]:
    """Take the schema out of a URL, of which PostgreSQL knows nothing."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    schema = dict(query).get("schema", DEFAULT_SCHEMA)
    others = [(name, value) for name, value in query if name != "schema"]
    # Not with + for a space, which PostgreSQL would take for itself.
    text = urlencode(others).replace("+", "%20")
    return urlunsplit((*parts[:3], text, parts.fragment)), schema

"""Records in PostgreSQL."""

from propstore.backends.postgres.storage import PostgresStorage

__all__ = ["PostgresStorage"]

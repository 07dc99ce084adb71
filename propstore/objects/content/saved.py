"""What is known of an object that was saved."""

from __future__ import annotations

from dataclasses import dataclass

from propstore.objects.content.digest import Digest

__all__ = ["SavedContent"]


@dataclass(frozen=True)
class SavedContent:
    """Everything that is needed to load an object again.

    Attributes
    ----------
    serializer : str
        The name of the serializer that turned it into bytes.
    is_stream : bool
        Whether it was saved as a stream of values.
    storage : str
        The name of the storage that keeps the bytes.
    storage_data : str
        Where they are, as the storage has serialized it.
    digest : Digest
        What is known of the bytes.
    """

    serializer: str
    is_stream: bool
    storage: str
    storage_data: str
    digest: Digest

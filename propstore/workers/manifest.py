"""The record of an object that was saved as content."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from propstore.model import StoredData
from propstore.objects import SavedContent

__all__ = ["ContentManifest"]


class ContentManifest(StoredData, type_name="propstore.content_manifest@v1"):
    """Where a saved object is, and how it is read: a record like any other, with tags to find it.

    Each object that is saved has its own, also if several have the same content.

    Attributes
    ----------
    serializer
        The name of the serializer that turned the object into bytes.
    is_stream
        Whether it was saved as a stream of values.
    storage
        The name of the storage that keeps the bytes.
    storage_data
        Where they are, as the storage has serialized it.
    content_type
        The media type of the bytes.
    content_encoding
        How text is encoded in them.
    content_hash_algorithm, content_hash
        The hash of the bytes.
    content_size
        The number of bytes.
    """

    indexed_fields: ClassVar[tuple[str, ...]] = ("storage_data", "content_hash")

    serializer: str
    is_stream: bool
    storage: str
    storage_data: str
    content_type: str
    content_encoding: str | None = None
    content_hash_algorithm: Literal["sha256"]
    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    content_size: Annotated[int, Field(ge=0)]

    @classmethod
    def of(cls, saved: SavedContent, tags: dict[str, str]) -> Self:
        """Make the manifest of what was saved."""
        return cls(
            serializer=saved.serializer,
            is_stream=saved.is_stream,
            storage=saved.storage,
            storage_data=saved.storage_data,
            tags=tags,
            **saved.digest,
        )

    def saved(self) -> SavedContent:
        """Give what loads the object."""
        return SavedContent(
            serializer=self.serializer,
            is_stream=self.is_stream,
            storage=self.storage,
            storage_data=self.storage_data,
            digest={
                "content_type": self.content_type,
                "content_encoding": self.content_encoding,
                "content_hash_algorithm": self.content_hash_algorithm,
                "content_hash": self.content_hash,
                "content_size": self.content_size,
            },
        )

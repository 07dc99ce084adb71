"""The plain JSON that stands beside a record's files: the record itself, and the manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from propstore.ancillary.manifest import Manifest
from propstore.errors import AncillaryDataError

__all__ = ["Sidecar"]


@dataclass(frozen=True)
class Sidecar:
    """A record and the manifest of its files.

    Attributes
    ----------
    key
        The key of the record.
    generation
        Which of the record's generations the files belong to.
    record
        The record's document.
    manifest
        Its files.
    """

    key: str
    generation: int
    record: dict[str, Any]
    manifest: Manifest

    def to_bytes(self) -> bytes:
        """Write it as JSON."""
        document = {
            "key": self.key,
            "generation": self.generation,
            "record": self.record,
            "ancillary": self.manifest.to_document(),
        }
        return json.dumps(document, indent=1).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Sidecar:
        """Read it from JSON.

        Raises
        ------
        AncillaryDataError
            If it is not what `to_bytes` writes.
        """
        try:
            document = json.loads(data)
            return cls(
                key=document["key"],
                generation=document["generation"],
                record=document["record"],
                manifest=Manifest.from_document(document["ancillary"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise AncillaryDataError(f"this is not what stands beside files: {error!r}") from error

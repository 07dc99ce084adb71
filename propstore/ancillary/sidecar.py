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
    moved_in
        Whether the files were moved here, so that they may be the only copy there is.
    """

    key: str
    generation: int
    record: dict[str, Any]
    manifest: Manifest
    moved_in: bool = False

    def to_bytes(self) -> bytes:
        """Write it as JSON."""
        document = {
            "key": self.key,
            "generation": self.generation,
            "record": self.record,
            "ancillary": self.manifest.to_document(),
            **({"moved_in": True} if self.moved_in else {}),
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
            sidecar = cls(
                key=document["key"],
                generation=document["generation"],
                record=document["record"],
                manifest=Manifest.from_document(document["ancillary"]),
                moved_in=document.get("moved_in", False),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise AncillaryDataError(f"this is not what stands beside files: {error!r}") from error
        kinds = {"key": str, "generation": int, "record": dict, "moved_in": bool}
        for name, kind in kinds.items():
            if type(getattr(sidecar, name)) is not kind:
                raise AncillaryDataError(
                    f"this is not what stands beside files: its {name} is no {kind.__name__}."
                )
        return sidecar

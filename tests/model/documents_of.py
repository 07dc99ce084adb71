"""The forms that a document may have."""

from __future__ import annotations

import json

import propstore as ps


def documents_of(record: ps.StoredData) -> list[str]:
    """Give a record's document as propstore writes it, and as another program may."""
    document = json.loads(record.to_json())
    reordered = {name: document[name] for name in reversed(document)}
    return [record.to_json(), json.dumps(document), json.dumps(reordered, indent=1)]

"""How a published collection is laid out, for programs and in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, JsonValue, ValidationError

from propstore.errors import InterchangeError
from propstore.interchange.archive.bag import PAYLOAD
from propstore.interchange.archive.collection import Collection

__all__ = ["CollectionIndex", "Entry", "document_path", "files_path", "readme"]

CURRENT_FORMAT = 1

_INDEX = "collection.json"


class Entry(BaseModel):
    """A record of a published collection.

    Attributes
    ----------
    key
        Its key in the store that it comes from.
    type
        The name of its type.
    files
        Whether it has files.
    """

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    type: str
    files: bool


class CollectionIndex(BaseModel):
    """What is in a published collection.

    Attributes
    ----------
    propstore_collection
        The version of this format.
    name, metadata
        Those of the collection.
    records
        Its records.
    """

    propstore_collection: int = CURRENT_FORMAT
    name: Annotated[str, Field(min_length=1)]
    metadata: dict[str, JsonValue]
    records: list[Entry]

    def write(self, directory: Path) -> None:
        """Write it to a bag."""
        path = directory / PAYLOAD / _INDEX
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> CollectionIndex:
        """Read it from a bag.

        Raises
        ------
        InterchangeError
            If it is not there, or of another format.
        """
        path = directory / PAYLOAD / _INDEX
        try:
            index = cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise InterchangeError(
                f"{str(directory)!r} is no collection of propstore's: it has no {PAYLOAD}/{_INDEX}"
            ) from error
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            raise InterchangeError(f"{str(path)!r} can't be read: {fault['msg']}") from error
        if index.propstore_collection != CURRENT_FORMAT:
            raise InterchangeError(
                f"{str(path)!r} has the format {index.propstore_collection}; this version of "
                f"propstore reads {CURRENT_FORMAT}"
            )
        return index


def document_path(directory: Path, key: str) -> Path:
    """Give the path of a record's document in a bag."""
    return directory / PAYLOAD / "records" / f"{key}.json"


def files_path(directory: Path, key: str) -> Path:
    """Give the directory of a record's files in a bag."""
    return directory / PAYLOAD / "files" / key


def readme(collection: Collection, records: int) -> str:
    """Say in words what is in a published collection, and how it is read without propstore."""
    metadata = json.dumps(collection.metadata, indent=1, ensure_ascii=False)
    return f"""# {" ".join(collection.name.split())}

A collection of {records} records, written by propstore. Nothing but a text editor is needed to
read it.

| | |
| --- | --- |
| `data/collection.json` | the name, the metadata, and for each record its key and type |
| `data/records/<key>.json` | a record: its `type`, and its fields |
| `data/files/<key>/` | the files of a record, as they were, if it has any |
| `manifest-sha256.txt` | the SHA-256 of each of these files |

A quantity is `{{"value": 25.0, "unit": "degC"}}`, its value and its unit as they were given. The
components of a substance are SMILES.

To check that nothing was changed: `sha256sum -c manifest-sha256.txt`. The folder is a bag as
RFC 8493 (BagIt) describes it. In Python:

    import json
    from pathlib import Path

    for entry in json.loads(Path("data/collection.json").read_text())["records"]:
        record = json.loads(Path(f"data/records/{{entry['key']}}.json").read_text())
        print(entry["key"], record["type"])

With propstore: `import_collection(store, "this folder")` stores the records, under their keys.

## Metadata

```json
{metadata}
```
"""

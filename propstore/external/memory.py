"""Resources in the memory of one process."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NoReturn

from propstore.external.base import ExternalStorage
from propstore.external.complaints import below_resource, is_directory, missing
from propstore.external.digest import BUFFER_SIZE, ReadableStream, digest_bytes
from propstore.external.location import ancestors
from propstore.external.metadata import Metadata
from propstore.external.write_mode import WriteMode

__all__ = ["MemoryStorage"]


@dataclass(frozen=True, slots=True)
class _Resource:
    content: bytes
    metadata: Metadata


class MemoryStorage(ExternalStorage):
    """Bytes in a dictionary, for tests and trials: they are gone when the process ends.

    Threads may share it. It can't be pickled, since a copy in another process would see nothing of
    what is stored here.
    """

    def __init__(self) -> None:
        self._resources: dict[str, _Resource] = {}
        self._directories: Counter[str] = Counter()  # of how many resources each is a directory

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} can't be pickled or copied: another process would not see "
            "what is stored here; use FileStorage to share resources"
        )

    def _store_bytes(self, location: str, byte_data: bytes) -> str:
        found = digest_bytes(byte_data)
        metadata = Metadata(size=found.size, modified=datetime.now(UTC), digest=found.digest)
        if location not in self._resources:
            self._directories.update(ancestors(location))
        self._resources[location] = _Resource(byte_data, metadata)
        return found.digest

    def _store_path(self, location: str, path: Path) -> str:
        return self._store_bytes(location, path.read_bytes())

    def _store_stream(self, location: str, stream: ReadableStream, mode: WriteMode) -> str:
        buffer = io.BytesIO()
        while chunk := stream.read(BUFFER_SIZE):
            buffer.write(chunk)
        with self._exclusive(location):
            self._check_condition(location, mode)
            self._refuse_nesting(location)
            return self._store_bytes(location, buffer.getvalue())

    def _load_stream(self, location: str) -> BinaryIO:
        return io.BytesIO(self._resource(location).content)

    def _exists(self, location: str) -> bool:
        return location in self._resources

    def _delete(self, location: str) -> None:
        del self._resources[location]
        for directory in ancestors(location):
            self._directories[directory] -= 1
            if not self._directories[directory]:
                del self._directories[directory]

    def _get_filename(self, location: str) -> str:
        return f"memory:{location}"

    def _iter_contents(self, prefix: str = "") -> Iterator[str]:
        with self._exclusive(prefix):
            locations = list(self._resources)
        return (location for location in locations if location.startswith(prefix))

    def _get_hexdigest(self, location: str) -> str:
        return self._resource(location).metadata.digest

    def _get_metadata(self, location: str) -> Metadata:
        return self._resource(location).metadata

    def _refuse_nesting(self, location: str) -> None:
        if not self._resources.keys().isdisjoint(ancestors(location)):
            raise below_resource(location)
        if location in self._directories:
            raise is_directory(location)

    def _resource(self, location: str) -> _Resource:
        try:
            return self._resources[location]
        except KeyError:
            raise missing(location) from None

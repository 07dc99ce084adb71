"""Resources as objects in S3, Google Cloud Storage or Azure."""

from __future__ import annotations

import hashlib
import io
import mmap
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Self
from urllib.parse import urlsplit

from propstore.errors import (
    ChangedExternalResourceError,
    MissingExternalResourceError,
)
from propstore.external.base import ExternalStorage
from propstore.external.complaints import changed, missing
from propstore.external.digest import (
    BUFFER_SIZE,
    ReadableStream,
    copy_digested,
    digest_stream,
    is_digest,
)
from propstore.external.location import is_valid_location, normalise_location
from propstore.external.metadata import Metadata
from propstore.external.object_errors import object_store_errors
from propstore.external.object_reader import PIECE_SIZE, ObjectReader
from propstore.external.write_mode import IfDigest, WriteMode

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta, PutMode, UpdateVersion
    from obstore.store import ObjectStore

__all__ = ["ObjectStorage"]

URL_SCHEMES = ("s3", "gs", "az")
SCHEMES_BY_STORE = {"S3Store": "s3", "GCSStore": "gs", "AzureStore": "az"}
PART_SIZE = 5 * 1024 * 1024  # bytes; the smallest part that S3 takes, and what is sent in one
PARTS_AT_ONCE = 4
MOST_PARTS = 10_000  # that S3 takes
LIST_PAGE = 1000  # what stores give at once

DIGEST_ATTRIBUTE = "sha256"  # a plain word: Azure takes no hyphens, some proxies no underscores


class ObjectStorage(ExternalStorage):
    """Bytes in an object store, through obstore.

    Each object carries the SHA-256 of its content as an attribute; one that was put there by other
    means is read when its digest is asked for. Large content goes up in parts and comes down in
    pieces. A condition is the store's own, on one request; content that is stored on a condition
    is therefore not sent in parts.

    A file system can't have a resource below another. An object store could, so each write asks
    first; two writers at the same instant may still bring it about.

    Parameters
    ----------
    store : obstore.store.ObjectStore
        A store of S3, Google Cloud Storage or Azure, with its credentials.
    prefix : str, optional
        The directory in it below which everything is kept.
    """

    def __init__(self, store: ObjectStore, prefix: str = "") -> None:
        self._store = store
        self._prefix = normalise_location(prefix) if prefix else ""

    @classmethod
    def from_url(cls, url: str, **options: Any) -> Self:
        """Open the storage at a URL.

        Parameters
        ----------
        url : str
            ``s3://bucket/prefix``, ``gs://bucket/prefix`` or ``az://container/prefix``.
        **options
            What `obstore.store.from_url` takes: the store's configuration (``region``,
            ``endpoint``, ``access_key_id``, ...), ``client_options``, ``retry_config``,
            ``credential_provider``. What is not given is taken from the environment.

        Returns
        -------
        ObjectStorage
            The storage.

        Raises
        ------
        ValueError
            If the URL is not one of these, has credentials in it, or an option is unknown.
        ImportError
            If obstore is not installed.
        """
        parts = urlsplit(url)
        if parts.scheme not in URL_SCHEMES:
            raise ValueError(
                "a URL like s3://bucket/prefix was expected, that begins with one of "
                f"{', '.join(URL_SCHEMES)}, and not with {url.partition('/')[0]!r}"
            )
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError(
                f"a URL like {parts.scheme}://name/prefix was expected, without credentials or a "
                "query; pass credentials as options or by the environment"
            )
        try:
            from obstore.exceptions import BaseError
            from obstore.store import from_url
        except ImportError as error:
            raise ImportError(
                "an object store needs obstore: pip install 'propstore[objectstore]'"
            ) from error
        try:
            return cls(from_url(url, **options))
        except BaseError as error:
            raise ValueError(f"{url} can't be opened: {str(error).splitlines()[0]}") from None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._url()!r})"

    @property
    def client(self) -> ObjectStore:
        """The store of obstore, for what this class does not do."""
        return self._store

    def key(self, location: str) -> str:
        """Name the object, in `client`, of a location."""
        return self._key(self._normalise(location))

    def _store_bytes(self, location: str, byte_data: bytes) -> str:
        return self._put(location, io.BytesIO(byte_data), "overwrite")

    def _store_path(self, location: str, path: Path) -> str:
        with path.open("rb") as file:
            return self._put(location, file, "overwrite")

    def _store_stream(self, location: str, stream: ReadableStream, mode: WriteMode) -> str:
        put_mode = self._put_mode(location, mode)
        if not isinstance(mode, IfDigest):
            self._refuse_nesting(location)
        with SpooledTemporaryFile(max_size=PART_SIZE) as spool:
            copy_digested(stream, spool)
            spool.seek(0)
            return self._put(location, spool, put_mode)

    def _put(self, location: str, file: IO[bytes], mode: PutMode) -> str:
        """Put the content of a file, which is read twice: the digest goes before it."""
        import obstore

        found = digest_stream(file)
        file.seek(0)
        content = _unchanged(file, found.digest, location)
        body: bytes | memoryview | Iterator[bytes]
        in_parts = found.size > PART_SIZE and mode == "overwrite"
        if in_parts:
            body = content
        elif found.size > PART_SIZE:
            # One request has to send it all; mapped, it need not all be in memory.
            body = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        else:
            body = b"".join(content)
        with object_store_errors(self._store, location):
            obstore.put(
                self._store,
                self._key(location),
                body,
                attributes={DIGEST_ATTRIBUTE: found.digest},
                mode=mode,
                use_multipart=in_parts,
                chunk_size=max(PART_SIZE, -(-found.size // MOST_PARTS)),
                max_concurrency=PARTS_AT_ONCE,
            )
        return found.digest

    def _put_mode(self, location: str, mode: WriteMode) -> PutMode:
        """Say in the store's words on which condition to put."""
        if not isinstance(mode, IfDigest):
            return mode
        meta, digest = self._describe(location)
        if digest != mode.digest:
            raise changed(location, mode.digest, digest)
        update: UpdateVersion = {}
        if meta["e_tag"] is not None:
            update["e_tag"] = meta["e_tag"]
        if meta["version"] is not None:
            update["version"] = meta["version"]
        return update

    def _load_stream(self, location: str) -> BinaryIO:
        meta, head = self._get(location, 0, PIECE_SIZE)
        return self._reader(location, meta, head)

    def _load_range(self, location: str, start: int, length: int) -> bytes:
        if length:
            return self._get(location, start, start + length)[1]
        if not self._exists(location):
            raise missing(location)
        return b""

    def _exists(self, location: str) -> bool:
        import obstore

        try:
            with object_store_errors(self._store, location):
                obstore.head(self._store, self._key(location))
        except MissingExternalResourceError:
            return False
        return True

    def _delete(self, location: str) -> None:
        import obstore

        with object_store_errors(self._store, location):
            obstore.delete(self._store, self._key(location))

    def _get_filename(self, location: str) -> str:
        return f"{self._url()}/{location}"

    def _iter_contents(self, prefix: str = "") -> Iterator[str]:
        import obstore

        directory = self._key(prefix.rpartition("/")[0])
        with object_store_errors(self._store, prefix or "."):
            for page in obstore.list(self._store, directory or None, chunk_size=LIST_PAGE):
                for meta in page:
                    location = meta["path"].removeprefix(self._key("")).removeprefix("/")
                    if location.startswith(prefix) and self._is_resource(location, meta):
                        yield location

    def _is_resource(self, location: str, meta: ObjectMeta) -> bool:
        # Consoles mark an empty directory by an empty object "name/", which is listed as "name".
        return is_valid_location(location) and (meta["size"] > 0 or self._exists(location))

    def _get_metadata(self, location: str) -> Metadata:
        meta, digest = self._describe(location)
        return Metadata(size=meta["size"], modified=meta["last_modified"], digest=digest)

    def _exclusive(self, location: str) -> AbstractContextManager[None]:
        return nullcontext()  # the store itself keeps writes apart

    def _describe(self, location: str) -> tuple[ObjectMeta, str]:
        """Give an object's metadata, and the digest of that version."""
        import obstore

        with object_store_errors(self._store, location):
            options: GetOptions = {"head": True}
            result = obstore.get(self._store, self._key(location), options=options)
            digest = result.attributes.get(DIGEST_ATTRIBUTE, "")
        if not is_digest(digest):
            digest = digest_stream(self._reader(location, result.meta, b"")).digest
        return result.meta, digest

    def _reader(self, location: str, meta: ObjectMeta, head: bytes) -> BinaryIO:
        def load_range(start: int, end: int) -> bytes:
            return self._get(location, start, end, meta["e_tag"])[1]

        return io.BufferedReader(ObjectReader(load_range, meta["size"], head), PIECE_SIZE)

    def _get(
        self, location: str, start: int, end: int, e_tag: str | None = None
    ) -> tuple[ObjectMeta, bytes]:
        """Get a part of an object: of any version, or of the one that has a tag."""
        import obstore
        from obstore.exceptions import GenericError

        options: GetOptions = {"range": (start, end)}
        if e_tag is not None:
            options["if_match"] = e_tag
        with object_store_errors(self._store, location):
            try:
                result = obstore.get(self._store, self._key(location), options=options)
                return result.meta, result.bytes().to_bytes()
            except GenericError:
                # A range that begins at the end is an error in HTTP, but none of ours.
                meta = obstore.head(self._store, self._key(location))
                if meta["size"] > start:
                    raise
                return meta, b""

    def _key(self, location: str) -> str:
        return "/".join(part for part in (self._prefix, location) if part)

    def _url(self) -> str:
        """Name the place, without the credentials."""
        config = getattr(self._store, "config", {})
        name = config.get("bucket") or config.get("container_name") or ""
        scheme = SCHEMES_BY_STORE.get(type(self._store).__name__, "object-store")
        inner = getattr(self._store, "prefix", None)
        return "/".join(str(part) for part in (f"{scheme}://{name}", inner, self._prefix) if part)


def _unchanged(file: IO[bytes], digest: str, location: str) -> Iterator[bytes]:
    """Read a file once more, and raise at its end, before it is stored, if it has changed."""
    sha256 = hashlib.sha256()
    while chunk := file.read(BUFFER_SIZE):
        sha256.update(chunk)
        yield chunk
    if sha256.hexdigest() != digest:
        raise ChangedExternalResourceError(
            f"what was to be stored at {location!r} was changed while it was read"
        )

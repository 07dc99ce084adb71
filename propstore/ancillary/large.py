"""Large fields: values of a record that are kept apart from its document, as files of the record.

>>> class Trajectory(ps.HashableStoredData, type_name="mylab.trajectory@v1"):
...     positions: ps.Large[np.ndarray]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from numbers import Integral
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    BinaryIO,
    Final,
    Generic,
    TypeVar,
    get_args,
    get_origin,
)

from pydantic import Field
from pydantic_core import core_schema

from propstore.ancillary.field_content import (
    NUMPY,
    FieldContent,
    read_content,
    serializers,
    write_content,
)
from propstore.ancillary.record_directory import RecordDirectory
from propstore.ancillary.record_files import RecordFiles
from propstore.errors import (
    InvalidDataError,
    MissingExternalResourceError,
    UnregisteredError,
)
from propstore.external.digest import WritableStream, copy_digested
from propstore.external.streams import VerifyingReader
from propstore.model.validation import FrozenModel

if TYPE_CHECKING:
    import numpy
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

__all__ = ["FOLDER", "LARGE", "Large", "StoredApart"]

FOLDER = "fields"
"""The folder, among the files of a record, that has its large fields."""

LARGE = "propstore_large"
"""What marks a large field in the schema of a record type."""

STORED_APART = "stored_apart"

Value = TypeVar("Value")


class StoredApart(FrozenModel):
    """What a record's document has in the place of a large field.

    Attributes
    ----------
    name
        The file, among those of the record.
    sha256
        The SHA-256 of the file, as 64 hexadecimal digits.
    size
        The number of its bytes.
    serializer
        The name of the serializer that wrote it.
    """

    name: Annotated[str, Field(pattern=rf"^{FOLDER}/\w+\.\w+$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    serializer: str

    @property
    def content(self) -> FieldContent:
        """What the file has in it."""
        return FieldContent(self.serializer, self.sha256, self.size)


class _Unloaded:
    """What stands for a value that has not been loaded."""


_UNLOADED: Final = _Unloaded()


class Large(Generic[Value]):
    """A value that is kept as a file of its record, and loaded when it is asked for.

    A field that is declared as ``Large[numpy.ndarray]`` takes an array. In the record's document
    stands a reference to the file, with its digest; so records are compared, found and verified
    without loading the value. NumPy arrays are kept as ``.npy``, data frames as Parquet, Arrow
    tables as Arrow streams; bytes, text, and what JSON can say as what they are.

    Parameters
    ----------
    value
        The value. It should not be changed afterwards.
    """

    def __init__(self, value: Value) -> None:
        self._value: Value | _Unloaded = value
        self._reference: StoredApart | None = None
        self._files: RecordDirectory | RecordFiles | None = None

    @classmethod
    def at(
        cls, reference: StoredApart, files: RecordDirectory | RecordFiles | None = None
    ) -> Large[Any]:
        """Give the large field that is kept in a file.

        Parameters
        ----------
        reference
            What a record's document says of it.
        files
            The files of the record; None if they are not known yet.
        """
        large: Large[Any] = Large(_UNLOADED)
        large._reference, large._files = reference, files
        return large

    @property
    def reference(self) -> StoredApart | None:
        """Where the value is kept; None if it has not been stored."""
        return self._reference

    @property
    def value(self) -> Value:
        """The value, loaded when it is first asked for.

        An array in a local ``.npy`` file is memory-mapped, and read-only; its digest is checked by
        `verify`. Everything else is loaded whole, and checked against its digest.

        Raises
        ------
        MissingExternalResourceError
            If its file is not there, or the record was not retrieved from a store.
        ChangedExternalResourceError
            If its file is not what was stored.
        """
        if isinstance(self._value, _Unloaded):
            loaded: Value = self._loaded()
            self._value = loaded
            return loaded
        return self._value

    def verify(self) -> None:
        """Check the file against its digest. Of a value that was not stored, nothing is checked.

        Raises
        ------
        MissingExternalResourceError
            If it is not there.
        ChangedExternalResourceError
            If it is not what was stored.
        """
        if self._reference is not None:
            with self._verified() as reader:
                reader.drain()

    def write(self, stream: WritableStream) -> FieldContent:
        """Write the content to a stream: the value, or the file where it is kept.

        Raises
        ------
        SerializationError, UnregisteredError
            If the value could not be read back as it is.
        MissingExternalResourceError, ChangedExternalResourceError
            If its file is not there, or not what was stored.
        """
        if self._reference is None:
            return write_content(self._value, stream)
        with self._verified() as reader:
            copy_digested(reader, stream)
        return self._reference.content

    @cached_property
    def content(self) -> FieldContent:
        """What the content is, worked out from the value if it was not stored.

        Raises
        ------
        SerializationError, UnregisteredError
            If the value could not be read back as it is.
        """
        return write_content(self._value) if self._reference is None else self._reference.content

    def identity_document(self) -> list[str]:
        """Give what makes two large fields the same one: how they are written, and the digest."""
        return [self.content.serializer, self.content.sha256]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Large):
            return NotImplemented
        return self is other or self.identity_document() == other.identity_document()

    def __hash__(self) -> int:
        return hash(self.content.sha256)

    def __repr__(self) -> str:
        if self._reference is None:
            kind = type(self._value)
            return f"<Large: {kind.__module__}.{kind.__qualname__}>"
        one = self._reference
        return f"<Large {one.name!r}: {one.size} bytes, sha256 {one.sha256[:12]}>"

    def __getitem__(self, key: Any) -> Any:
        """Give a part of the value; of an array in an archive, no more than that is read."""
        # Where there are several lists of indices, those of an archived array mean another thing.
        if isinstance(self._value, _Unloaded) and _is_basic(key):
            array = self._array
            if array is not None:
                return array[key]
        value: Any = self.value
        return value[key]

    def __len__(self) -> int:
        array = self._array if isinstance(self._value, _Unloaded) else None
        value: Any = self.value if array is None else array
        return len(value)

    def __iter__(self) -> Iterator[Any]:
        value: Any = self.value
        return iter(value)

    def __array__(
        self, dtype: numpy.dtype[Any] | None = None, copy: bool | None = None
    ) -> numpy.ndarray[Any, Any]:
        """Give the value as an array."""
        import numpy

        return numpy.array(self.value, dtype=dtype, copy=copy)

    def __reduce__(self) -> Any:
        # What reads an archive, or files elsewhere, stays in its process; the value goes instead.
        if self._reference is None or isinstance(self._files, RecordFiles):
            return Large, (self.value,)
        return Large.at, (self._reference, self._files)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Take a value, another `Large`, or what a document has in its place."""
        return core_schema.no_info_plain_validator_function(
            partial(_validated, _kind(source)),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _serialised, when_used="json"
            ),
            metadata={LARGE: True},
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say what a document has in its place."""
        return {
            "type": "object",
            "properties": {STORED_APART: handler(StoredApart.__pydantic_core_schema__)},
            "required": [STORED_APART],
            "additionalProperties": False,
        }

    @cached_property
    def _array(self) -> Any:
        """The array, mapped or read part by part; None if the value is none, or can't be.

        Then it is read whole, which tells what is wrong with it, if anything is.
        """
        if self._reference is None or self._files is None or self._reference.serializer != NUMPY:
            return None
        try:
            array = self._files.arrays()[self._reference.name.removesuffix(".npy")]
        except (KeyError, MissingExternalResourceError, ValueError, EOFError):
            return None
        return array if _is_of_size(array, self._reference.size) else None

    def _loaded(self) -> Any:
        import numpy

        array = self._array
        if isinstance(array, numpy.ndarray):
            return array
        with self._opened() as (reference, source):
            return read_content(reference.content, source, reference.name)

    @contextmanager
    def _verified(self) -> Iterator[VerifyingReader]:
        with self._opened() as (reference, source):
            yield VerifyingReader(source, reference.name, reference.sha256)

    @contextmanager
    def _opened(self) -> Iterator[tuple[StoredApart, BinaryIO]]:
        if self._reference is None or self._files is None:
            raise MissingExternalResourceError(
                f"{self!r} is a reference to a file of a stored record, and the files are not "
                "known; retrieve the record from its store."
            )
        with self._files.open(self._reference.name) as source:
            yield self._reference, source


def _kind(source: Any) -> type | None:
    """Find the type of the values in an annotation; None if they may be of any.

    Raises
    ------
    TypeError
        If no serializer is made for values of the type.
    """
    wanted = next(iter(get_args(source)), Any)
    if wanted is Any or isinstance(wanted, TypeVar):
        return None
    kind = get_origin(wanted) or wanted
    try:
        serializers().for_type(kind)
    except (UnregisteredError, AttributeError) as error:
        raise TypeError(
            f"{source!r} can't be a field, since nothing writes values of that type: {error}"
        ) from None
    found: type = kind
    return found


def _validated(kind: type | None, given: Any) -> Large[Any]:
    if isinstance(given, Large):
        if given.reference is None:
            _check_kind(kind, given.value)
        return given
    if isinstance(given, Mapping) and given.keys() == {STORED_APART}:
        return Large.at(StoredApart.model_validate(given[STORED_APART]))
    _check_kind(kind, given)
    return Large(given)


def _check_kind(kind: type | None, value: object) -> None:
    if kind is not None and not isinstance(value, kind):
        raise InvalidDataError(f"a {kind.__name__} is needed, and not a {type(value).__name__}.")


def _serialised(large: Large[Any]) -> dict[str, Any]:
    if large.reference is None:
        raise InvalidDataError(
            "a large field is written to a file of its record when a store keeps the record; "
            "before, and in other places than a field of the record itself, it can't be JSON"
        )
    return {STORED_APART: large.reference.model_dump()}


def _is_of_size(array: Any, size: int) -> bool:
    """Tell whether a file has so many bytes, from the array that is mapped to its end."""
    import numpy

    if isinstance(array, numpy.memmap):
        return int(array.offset + array.nbytes) == size
    return not isinstance(array, numpy.ndarray)  # but one that an archive reads when it is indexed


def _is_basic(key: Any) -> bool:
    parts = key if isinstance(key, tuple) else (key,)
    return all(
        part is Ellipsis
        or isinstance(part, slice)
        or (isinstance(part, Integral) and not isinstance(part, bool))
        for part in parts
    )

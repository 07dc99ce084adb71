"""Every error that propstore raises.

::

    PropstoreError
     ├─ InvalidDataError (ValueError)              a value or a record that can't be what it says
     │   ├─ DimensionError                         no unit, or one of another dimension
     │   ├─ NonPhysicalValueError                  T ≤ 0 K, negative pressure, NaN, ...
     │   ├─ InvalidSmilesError                     RDKit can't read the SMILES
     │   └─ InvalidTagError                        tags are small strings
     ├─ TypeRegistryError
     │   ├─ DuplicateTypeError (ValueError)        one name, two record types
     │   ├─ UnknownTypeError (KeyError)            no record type of that name is registered
     │   └─ MigrationError (ValueError)            an old document can't be brought up to date
     ├─ QueryError (ValueError)                    a query that no record could answer
     │   ├─ UnknownFieldError (AttributeError)     a field that the record type doesn't have
     │   ├─ NoMatchError (LookupError)             one record was asked for, there is none
     │   └─ MultipleMatchesError (LookupError)     one record was asked for, there are more
     ├─ StoreError                                 a store can't do what was asked
     │   ├─ ObjectNotFoundError (KeyError)         no record has that key
     │   ├─ ObjectTypeError (TypeError)            the record is of another type than expected
     │   ├─ CorruptRecordError (ValueError)        what is stored can't be read as a record
     │   ├─ NotAStoreError (FileNotFoundError)     there is no store at that place
     │   ├─ StoreFormatError (ValueError)          written in a format this version can't read
     │   ├─ StoreReadOnlyError (PermissionError)   a write on a store that was opened for reading
     │   ├─ StoreBusyError (TimeoutError)          others held the store for too long
     │   ├─ StoreConnectionError (ConnectionError) the database of a store can't be reached
 │   ├─ StoreClosedError (ValueError)          the store object was closed
     │   ├─ UnreliableLocksError (OSError)         a file system that can't keep processes apart
     │   └─ UnsupportedOperationError (NotImplementedError)   the backend can't do this
     ├─ SharingError                               work that is shared by many can't go on
     │   ├─ ClaimTimeoutError (TimeoutError)       others compute it for longer than one would wait
     │   ├─ ClaimLostError (RuntimeError)          another took the calculation over meanwhile
     │   ├─ CircularCalculationError (RuntimeError)   a calculation that waits for its own result
     │   ├─ UnfitResultError (ValueError)          what was calculated is not what was asked for
     │   ├─ NotEnoughDataError (ValueError)        it is, but with less data than was asked for
     │   └─ UncacheableError (TypeError)           a function whose results nothing could name
     ├─ AncillaryDataError (ValueError)            a record's files are missing or can't be stored
     ├─ ExternalResourceError                      bytes at a location
     │   ├─ MissingExternalResourceError (FileNotFoundError)   nothing is stored there
     │   │   └─ MissingArrayError (KeyError)                   no array of that name in the files
     │   ├─ ChangedExternalResourceError (ValueError)          not the content that was expected
     │   ├─ ExternalResourceExistsError (FileExistsError)      "create", and something is there
     │   ├─ ExternalPermissionError (PermissionError)          it may be there, but not for you
     │   └─ InvalidLocationError (ValueError)                  a location that leads out of the root
     ├─ ContentError                               a Python object can't be saved, or loaded
     │   ├─ ContentNameError (ValueError)          a name without a version, or one name for two
     │   ├─ UnregisteredError (KeyError)           no serializer or storage for what was asked
     │   ├─ SerializationError (ValueError)        a value, or bytes, that a serializer can't take
     │   ├─ UnreadStreamError (ValueError)         a stream's digest, asked for before its end
     │   ├─ MissingResultError (FileNotFoundError) no result of a task is kept under that name
     │   ├─ CorruptResultError (ValueError)        the result of a task is damaged
     │   ├─ NotInGroupError (KeyError)             a group, or an object, has nothing of that name
     │   ├─ GroupKeyError (ValueError)             a key that can't be, or that is taken
     │   ├─ VersionMismatchError (ValueError)      saved by another version than there is now
     │   └─ PickleRefusedError (ValueError)        to load it is to run it, which nobody allowed
     └─ InterchangeError (ValueError)              a file from elsewhere that can't be imported

Each also is the builtin error that a caller would expect, so ``except KeyError`` and
``except FileNotFoundError`` do what they say.
"""

from __future__ import annotations

__all__ = [
    "AncillaryDataError",
    "ChangedExternalResourceError",
    "CircularCalculationError",
    "ClaimLostError",
    "ClaimTimeoutError",
    "ContentError",
    "ContentNameError",
    "CorruptRecordError",
    "CorruptResultError",
    "DimensionError",
    "DuplicateTypeError",
    "ExternalPermissionError",
    "ExternalResourceError",
    "ExternalResourceExistsError",
    "GroupKeyError",
    "InterchangeError",
    "InvalidDataError",
    "InvalidLocationError",
    "InvalidSmilesError",
    "InvalidTagError",
    "MigrationError",
    "MissingArrayError",
    "MissingExternalResourceError",
    "MissingResultError",
    "MultipleMatchesError",
    "NoMatchError",
    "NonPhysicalValueError",
    "NotAStoreError",
    "NotEnoughDataError",
    "NotInGroupError",
    "ObjectNotFoundError",
    "ObjectTypeError",
    "PickleRefusedError",
    "PropstoreError",
    "QueryError",
    "SerializationError",
    "SharingError",
    "StoreBusyError",
    "StoreClosedError",
    "StoreConnectionError",
    "StoreError",
    "StoreFormatError",
    "StoreReadOnlyError",
    "TypeRegistryError",
    "UncacheableError",
    "UnfitResultError",
    "UnknownFieldError",
    "UnknownTypeError",
    "UnreadStreamError",
    "UnregisteredError",
    "UnreliableLocksError",
    "UnsupportedOperationError",
    "VersionMismatchError",
]


class PropstoreError(Exception):
    """The base of every error that propstore raises on purpose."""

    def __str__(self) -> str:
        # KeyError and OSError would show the message quoted or as an errno pair.
        return " ".join(str(argument) for argument in self.args)


class InvalidDataError(PropstoreError, ValueError):
    """A value, a component or a record is not what it has to be."""


class DimensionError(InvalidDataError):
    """A quantity has no unit, an unknown unit, or one of the wrong dimension."""


class NonPhysicalValueError(InvalidDataError):
    """A quantity has a value that nothing real can have, NaN and infinity included."""


class InvalidSmilesError(InvalidDataError):
    """RDKit can't read a SMILES."""


class InvalidTagError(InvalidDataError):
    """A tag is not a short string under a short name."""


class TypeRegistryError(PropstoreError):
    """The base of errors about the names of record types."""


class DuplicateTypeError(TypeRegistryError, ValueError):
    """Two record types claim one name."""


class UnknownTypeError(TypeRegistryError, KeyError):
    """No record type is registered under a name."""


class MigrationError(TypeRegistryError, ValueError):
    """A document of an old version can't be brought up to date."""


class QueryError(PropstoreError, ValueError):
    """A query is malformed, or its answer is not of the number that was asked for."""


class UnknownFieldError(QueryError, AttributeError):
    """A condition names a field that the record type does not have."""


class NoMatchError(QueryError, LookupError):
    """Exactly one record was asked for and none matches."""


class MultipleMatchesError(QueryError, LookupError):
    """Exactly one record was asked for and several match."""


class StoreError(PropstoreError):
    """The base of errors about a store and what it holds."""


class ObjectNotFoundError(StoreError, KeyError):
    """No record is stored under a key."""


class ObjectTypeError(StoreError, TypeError):
    """A stored record, or one to be stored, is of another type than expected."""


class CorruptRecordError(StoreError, ValueError):
    """What is stored under a key can't be read as a record."""


class NotAStoreError(StoreError, FileNotFoundError):
    """There is no store at the place that was named."""


class StoreFormatError(StoreError, ValueError):
    """A store is written in a format that this version of propstore can't read."""


class StoreReadOnlyError(StoreError, PermissionError):
    """A store that was opened for reading was asked to write."""


class StoreBusyError(StoreError, TimeoutError):
    """Other processes held the store for longer than the caller wanted to wait."""


class StoreConnectionError(StoreError, ConnectionError):
    """The database of a store can't be reached, or the connection to it was lost."""


class StoreClosedError(StoreError, ValueError):
    """A store object was used after it was closed."""


class UnreliableLocksError(StoreError, OSError):
    """A store is on a file system whose locks do not keep those who share it apart."""


class UnsupportedOperationError(StoreError, NotImplementedError):
    """A backend does not offer this operation."""


class SharingError(PropstoreError):
    """The base of errors about a result that many ask for and one computes."""


class ClaimTimeoutError(SharingError, TimeoutError):
    """Others compute a result, and have not done so for as long as the caller wanted to wait."""


class ClaimLostError(SharingError, RuntimeError):
    """Another took a calculation over before this one was done, so nothing of this was stored."""


class CircularCalculationError(SharingError, RuntimeError):
    """A calculation asked for its own result, and would wait for itself."""


class UnfitResultError(SharingError, ValueError):
    """What was calculated does not answer what was asked for, so it was not stored."""


class NotEnoughDataError(SharingError, ValueError):
    """What was calculated has less data than was asked for; the best so far is kept."""


class UncacheableError(SharingError, TypeError):
    """A function has parameters that can't name its results, or gives what can't be stored."""


class AncillaryDataError(PropstoreError, ValueError):
    """A record's files are missing where they are needed, or can't be stored."""


class ExternalResourceError(PropstoreError):
    """The base of errors about bytes at a location."""


class MissingExternalResourceError(ExternalResourceError, FileNotFoundError):
    """Nothing is stored at a location."""


class MissingArrayError(MissingExternalResourceError, KeyError):
    """Among the files of a record there is no array of that name."""


class ChangedExternalResourceError(ExternalResourceError, ValueError):
    """What is stored at a location is not the content that was expected."""


class ExternalResourceExistsError(ExternalResourceError, FileExistsError):
    """Something is stored already at a location that was to be created."""


class ExternalPermissionError(ExternalResourceError, PermissionError):
    """A location can't be read or written with the rights that the process has."""


class InvalidLocationError(ExternalResourceError, ValueError):
    """A location is empty, malformed, or leads outside the storage's root."""


class ContentError(PropstoreError):
    """The base of errors about Python objects that are saved as bytes, and loaded again."""


class ContentNameError(ContentError, ValueError):
    """A serializer or a storage has a name without a version, or one that another has."""


class UnregisteredError(ContentError, KeyError):
    """No serializer or storage is registered for a name, a type or a content type."""


class SerializationError(ContentError, ValueError):
    """A serializer can't write a value so that it could be read back, or can't read bytes."""


class UnreadStreamError(ContentError, ValueError):
    """The digest of a stream was asked for before the stream was read to its end."""


class MissingResultError(ContentError, FileNotFoundError):
    """No result is kept of a task, or not of these inputs and this version."""


class CorruptResultError(ContentError, ValueError):
    """What is stored of a task's result is damaged, or a part of it is gone."""


class NotInGroupError(ContentError, KeyError):
    """A group, or an object that was saved, has nothing under a name."""


class GroupKeyError(ContentError, ValueError):
    """A key that no group can have, or one that something of another kind has already."""


class VersionMismatchError(ContentError, ValueError):
    """An object was saved by other versions of its classes than the policy lets load."""


class PickleRefusedError(ContentError, ValueError):
    """A pickle was to be loaded, which runs what it says, without being allowed."""


class InterchangeError(PropstoreError, ValueError):
    """A file from elsewhere can't be imported, or a store can't be written to one."""

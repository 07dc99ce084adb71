"""Preparing a record and its files, before the store's lock is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from propstore.ancillary import Submission
from propstore.ancillary.copying import gathered
from propstore.ancillary.large_fields import large_fields, set_apart
from propstore.errors import UnsupportedOperationError
from propstore.model.stored_data import StoredData

__all__ = ["Staging", "Submitted", "submitted"]


class Staging:
    """The part of a store that prepares files, before its lock is taken."""

    def _staged(self, submission: Submission) -> AbstractContextManager[Any]:
        """Prepare the files of a record outside the lock: a capability.

        By default the directory is looked through and handed on as it is, to be copied by
        ``_store_object``.
        """
        source = submission.source()
        if submission.move or submission.form != "directory" or source is None:
            raise UnsupportedOperationError(
                f"{type(self).__name__} copies files only: it can't move or archive them."
            )
        return gathered(source)

    def _scratch(self) -> AbstractContextManager[str]:
        """Give a directory for large fields until they are staged: a capability.

        By default it is one of the system's for temporary files.
        """
        return TemporaryDirectory(prefix="propstore-")


class Submitted(NamedTuple):
    """A record that can be stored: its large fields are set apart, its files are staged.

    Attributes
    ----------
    record
        The record, with references to its large fields.
    files
        What the backend's ``_staged`` gave; None if there are no files.
    """

    record: StoredData
    files: Any


def submitted(
    backend: Staging, record: StoredData, submission: Submission
) -> AbstractContextManager[Submitted]:
    """Stage what belongs to a record, for as long as a block lasts.

    Parameters
    ----------
    backend
        Where it is to be stored.
    record
        The record.
    submission
        What the user handed over with it, if anything.
    """
    if submission.path is None and submission.arrays is None and not large_fields(type(record)):
        return nullcontext(Submitted(record, None))
    return _set_apart_and_staged(backend, record, submission)


@contextmanager
def _set_apart_and_staged(
    backend: Staging, record: StoredData, submission: Submission
) -> Iterator[Submitted]:
    with set_apart(record, submission.path, backend._scratch) as (kept, fields):
        if submission.path is None and submission.arrays is None and fields is None:
            yield Submitted(kept, None)
            return
        with backend._staged(replace(submission, fields=fields)) as files:
            yield Submitted(kept, files)

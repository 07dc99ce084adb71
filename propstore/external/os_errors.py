"""What the errors of a file system mean for a location."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from propstore.errors import ExternalResourceError, InvalidLocationError
from propstore.external.complaints import below_resource, denied, is_directory, missing

__all__ = ["reading", "writing"]


@contextmanager
def reading(location: str) -> Iterator[None]:
    """Translate the errors of the file system while a location is looked at.

    Raises
    ------
    MissingExternalResourceError
        If there is no file of that name.
    ExternalPermissionError
        If permission is denied.
    InvalidLocationError
        If it is a link that leads to itself.
    """
    try:
        with _both(location):
            yield
    except ExternalResourceError:
        raise
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise missing(location) from None


@contextmanager
def writing(location: str) -> Iterator[None]:
    """Translate the errors of the file system while a location is written to.

    Raises
    ------
    InvalidLocationError
        If it is a directory, is below a file, or is a link that leads to itself.
    ExternalPermissionError
        If permission is denied, or the file system is read-only.
    """
    try:
        with _both(location):
            yield
    except ExternalResourceError:
        raise
    except IsADirectoryError:
        raise is_directory(location) from None
    except NotADirectoryError:
        raise below_resource(location) from None


@contextmanager
def _both(location: str) -> Iterator[None]:
    try:
        yield
    except ExternalResourceError:
        raise
    except OSError as error:
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            raise denied(location, str(error)) from error
        if error.errno == errno.ELOOP:
            raise InvalidLocationError(f"{location!r} is a link that leads to itself") from error
        raise

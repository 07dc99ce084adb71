"""What the errors of an object store mean for a location, told without its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from propstore.errors import (
    ChangedExternalResourceError,
    ExternalResourceError,
    UnsupportedOperationError,
)
from propstore.external.complaints import already_there, denied, missing

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = ["object_store_errors"]

_SECRET_OPTION = re.compile(r"secret|token|key|password|credential|sas", re.IGNORECASE)
_REFUSAL = re.compile(r"status code: 40[13]\b")
_URL_QUERY = re.compile(r"(https?://[^\s\"'?]*)\?[^\s\"']*")
_SHORTEST_SECRET = 4  # characters; less would blot out parts of words


@contextmanager
def object_store_errors(store: ObjectStore, location: str) -> Iterator[None]:
    """Translate the errors of an object store.

    The originals are not chained: they quote requests, whose addresses may be signed.

    Raises
    ------
    MissingExternalResourceError
        If there is no such object.
    ExternalPermissionError
        If the credentials are refused, or don't suffice.
    ExternalResourceExistsError
        If there is an object where one was to be created.
    ChangedExternalResourceError
        If the object is no longer the one that was seen.
    UnsupportedOperationError
        If the store can't do this.
    ExternalResourceError
        If the request fails otherwise.
    """
    from obstore import exceptions

    try:
        yield
    except FileNotFoundError:
        raise missing(location) from None
    except exceptions.AlreadyExistsError:
        raise already_there(location) from None
    except exceptions.PreconditionError:
        raise ChangedExternalResourceError(
            f"the content at {location!r} was changed by another writer meanwhile"
        ) from None
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
        raise denied(location, _told(error, store)) from None
    except (exceptions.NotSupportedError, NotImplementedError) as error:
        raise UnsupportedOperationError(
            f"the object store can't do this at {location!r}: {_told(error, store)}"
        ) from None
    except exceptions.BaseError as error:
        if _REFUSAL.search(str(error)):  # of a listing; obstore has no class for that
            raise denied(location, _told(error, store)) from None
        raise ExternalResourceError(
            f"the object store failed at {location!r}: {_told(error, store)}"
        ) from None


def _told(error: Exception, store: ObjectStore) -> str:
    """Give what an error says, without signed addresses and without the store's secrets."""
    text = str(error).partition("\n\nDebug source:")[0]
    text = _URL_QUERY.sub(r"\1", text)
    options: Mapping[str, object] = getattr(store, "config", {})
    for name, value in options.items():
        if _SECRET_OPTION.search(name) and len(str(value)) >= _SHORTEST_SECRET:
            text = text.replace(str(value), "...")
    return text

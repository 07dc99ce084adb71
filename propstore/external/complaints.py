"""The errors that every storage raises in the same words."""

from __future__ import annotations

from propstore.errors import (
    ChangedExternalResourceError,
    ExternalPermissionError,
    ExternalResourceExistsError,
    InvalidLocationError,
    MissingExternalResourceError,
)

__all__ = ["already_there", "below_resource", "changed", "denied", "is_directory", "missing"]


def missing(location: str) -> MissingExternalResourceError:
    """Nothing is stored there."""
    return MissingExternalResourceError(f"nothing is stored at {location!r}")


def already_there(location: str) -> ExternalResourceExistsError:
    """Something is stored where something was to be created."""
    return ExternalResourceExistsError(
        f"something is stored at {location!r} already; mode='overwrite' would replace it"
    )


def changed(location: str, expected: str, found: str) -> ChangedExternalResourceError:
    """Other content was expected."""
    return ChangedExternalResourceError(
        f"the content at {location!r} has the SHA-256 {found}; {expected} was expected"
    )


def denied(location: str, reason: str) -> ExternalPermissionError:
    """Rights are wanting."""
    return ExternalPermissionError(f"permission denied at {location!r}: {reason}")


def is_directory(location: str) -> InvalidLocationError:
    """There are resources below the location."""
    return InvalidLocationError(
        f"nothing can be stored at {location!r}, which is a directory of other resources"
    )


def below_resource(location: str) -> InvalidLocationError:
    """There is a resource above the location."""
    return InvalidLocationError(
        f"nothing can be stored at {location!r}, since a part of that path is itself a resource"
    )

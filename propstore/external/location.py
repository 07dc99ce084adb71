"""Locations: the names under which an external storage keeps its resources.

A location is a relative path with ``/`` between its segments. The rules are the same for every
storage, so that what is stored in one can be copied to any other.
"""

from __future__ import annotations

from propstore.errors import InvalidLocationError

__all__ = [
    "RESERVED_DIRECTORY",
    "ancestors",
    "is_valid_location",
    "normalise_location",
    "normalise_prefix",
]

RESERVED_DIRECTORY = ".propstore-tmp"
"""The top directory in which a `FileStorage` keeps what is not finished yet."""

LONGEST_SEGMENT = 255  # bytes; what POSIX file systems take
LONGEST_LOCATION = 1024  # bytes; the longest key of S3 and Google Cloud Storage


def normalise_location(location: str) -> str:
    """Give the one spelling of a location.

    Empty segments, ``.`` and a ``/`` at the end are dropped, as `pathlib` drops them. ``..`` is
    refused rather than resolved, since ``a/../b`` is not ``b`` where ``a`` is a link.

    Parameters
    ----------
    location : str
        A relative path, as ``"datasets/sample1.txt"``.

    Returns
    -------
    str
        The same location, normalised.

    Raises
    ------
    InvalidLocationError
        If the location is not a string, is empty, absolute or too long, has a ``..`` or a control
        character in it (NUL included), can't be written as UTF-8, or is reserved.
    """
    _refuse_unspeakable(location, "location")
    segments = [segment for segment in location.split("/") if segment not in ("", ".")]
    if not segments:
        raise InvalidLocationError(
            f"{location!r} names no resource: a location is a relative path like 'data/sample.txt'"
        )
    for segment in segments:
        if len(segment.encode()) > LONGEST_SEGMENT:
            raise InvalidLocationError(
                f"the part {segment[:40] + '...'!r} of a location is longer than "
                f"{LONGEST_SEGMENT} bytes"
            )
    normalised = "/".join(segments)
    if len(normalised.encode()) > LONGEST_LOCATION:
        raise InvalidLocationError(
            f"the location {location[:40] + '...'!r} is longer than {LONGEST_LOCATION} bytes"
        )
    return normalised


def is_valid_location(location: str) -> bool:
    """Say whether `normalise_location` would take a location."""
    try:
        normalise_location(location)
    except InvalidLocationError:
        return False
    return True


def normalise_prefix(prefix: str) -> str:
    """Give the one spelling of a string with which locations may begin.

    The last segment may be a part of a name, so ``"data"`` is a prefix of ``"data/a"`` and of
    ``"dataset"``, and ``"data/"`` only of the first.

    Parameters
    ----------
    prefix : str
        The beginning of locations; ``""`` begins all of them.

    Returns
    -------
    str
        The same prefix, normalised.

    Raises
    ------
    InvalidLocationError
        If no location can begin so, for the reasons that `normalise_location` gives.
    """
    _refuse_unspeakable(prefix, "prefix")
    *directories, last = prefix.split("/")
    kept = [segment for segment in directories if segment not in ("", ".")]
    return "/".join([*kept, last])


def ancestors(location: str) -> list[str]:
    """List the directories above a normalised location, the nearest first."""
    segments = location.split("/")
    return ["/".join(segments[:end]) for end in range(len(segments) - 1, 0, -1)]


def _refuse_unspeakable(path: str, noun: str) -> None:
    """Refuse what neither a location nor a prefix may have in it."""
    if not isinstance(path, str):
        raise InvalidLocationError(
            f"a {noun} is a string like 'data/sample.txt', not {type(path).__name__}: {path!r}"
        )
    if any(character < " " or "\x7f" <= character < "\xa0" for character in path):
        raise InvalidLocationError(
            f"the {noun} {path!r} has a control character in it (NUL, newline, ...); "
            "use printable characters"
        )
    try:
        path.encode()
    except UnicodeEncodeError:
        raise InvalidLocationError(f"the {noun} {path!r} can't be written as UTF-8") from None
    if path.startswith("/"):
        raise InvalidLocationError(
            f"the {noun} {path!r} is an absolute path outside the storage's root; "
            "give a path relative to the root"
        )
    segments = path.split("/")
    if ".." in segments:
        raise InvalidLocationError(
            f"the {noun} {path!r} has '..' in it, which may lead outside the storage's root"
        )
    if RESERVED_DIRECTORY in segments[: _first_named(segments)]:
        raise InvalidLocationError(
            f"the {noun} {path!r} is in {RESERVED_DIRECTORY!r}, which is reserved for unfinished "
            "writes"
        )


def _first_named(segments: list[str]) -> int:
    """Count the segments up to and with the first that is a name."""
    return next(
        (index + 1 for index, segment in enumerate(segments) if segment not in ("", ".")),
        len(segments),
    )

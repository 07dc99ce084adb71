"""Routers: which place content is given, by its digest and its tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypedDict

from propstore.objects.content.digest import Digest
from propstore.objects.content.storage import TagMap

__all__ = ["ContentPointer", "Router", "hash_router"]


class ContentPointer(TypedDict):
    """Where content is.

    Attributes
    ----------
    location : str
        Its location in an external storage, which ends in ``/`` and the hash of the content.
    """

    location: str


Router: TypeAlias = Callable[[Digest, TagMap], ContentPointer]
"""Gives content its place.

The last part of the location has to be the ``content_hash``, so that no two contents have one
place and identical ones may. A router is asked when content is written; what it has answered is
kept, so it may be replaced by another at any time.
"""


def hash_router(prefix: str = "") -> Router:
    """Give a router to ``<prefix>/<algorithm>/<two digits of the hash>/<hash>``.

    Parameters
    ----------
    prefix : str, optional
        The directory for all content.
    """

    def route(digest: Digest, tags: TagMap) -> ContentPointer:
        content_hash = digest["content_hash"]
        parts = (prefix, digest["content_hash_algorithm"], content_hash[:2], content_hash)
        return {"location": "/".join(part for part in parts if part)}

    return route

"""Tags: small strings that are given when a record is stored and that can be queried."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from propstore.errors import InvalidTagError
from propstore.model.validation import shown

__all__ = ["Tags", "checked_tags"]

MAXIMUM_TAG_LENGTH = 256
MAXIMUM_TAGS = 64
_IN_NO_TAG = re.compile("[\\0\ud800-\udfff]")  # what databases and files can't hold as text
_TAG_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


def checked_tags(tags: Any) -> dict[str, str]:
    """Give tags back as a new dictionary, or refuse them.

    Raises
    ------
    InvalidTagError
        If a name is not an identifier of at most 64 characters, a value is not a string of at
        most 256, or there are more than 64 tags.
    """
    if not isinstance(tags, dict):
        raise InvalidTagError(f"tags are a dictionary of strings, not {shown(tags)}.")
    if len(tags) > MAXIMUM_TAGS:
        raise InvalidTagError(f"a record has at most {MAXIMUM_TAGS} tags; {len(tags)} were given.")
    for name, value in tags.items():
        if not isinstance(name, str) or not _TAG_NAME.fullmatch(name):
            raise InvalidTagError(
                f"{name!r} is not the name of a tag: letters, digits, '_' and '-', at most 64, "
                "beginning with a letter or '_'."
            )
        if (
            not isinstance(value, str)
            or len(value) > MAXIMUM_TAG_LENGTH
            or _IN_NO_TAG.search(value)
        ):
            raise InvalidTagError(
                f"the tag {name!r} has {shown(value)}; "
                f"a tag is a string of at most {MAXIMUM_TAG_LENGTH} characters."
            )
    return dict(tags)


Tags = Annotated[dict[str, str], BeforeValidator(checked_tags)]
"""The tags of a record, by name."""

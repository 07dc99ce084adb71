"""The keys of groups."""

from __future__ import annotations

from propstore.errors import GroupKeyError

__all__ = ["StorageKey", "split_key"]


class StorageKey(str):
    """A key that knows what it leads to.

    Parameters
    ----------
    name : str
        The key.
    is_group : bool
        Whether it leads to a group, not to a value.
    """

    __slots__ = ("is_group",)

    is_group: bool

    def __new__(cls, name: str, *, is_group: bool) -> StorageKey:
        """Make a key."""
        key = super().__new__(cls, name)
        key.is_group = is_group
        return key


def split_key(key: str) -> list[str]:
    """Take a key apart at its slashes.

    Raises
    ------
    GroupKeyError
        If it is not text, or begins, ends or goes on with nothing between two slashes.
    """
    if not isinstance(key, str):
        raise GroupKeyError(f"{key!r} is no key; keys are text, such as 'run/1/energy'")
    names = key.split("/")
    try:
        key.encode()
    except UnicodeEncodeError as error:
        raise GroupKeyError(f"{key!r} is no key: it is not Unicode ({error})") from error
    if not all(names):
        raise GroupKeyError(
            f"{key!r} is no key; keys are names with single slashes between them, as 'run/1/energy'"
        )
    return names

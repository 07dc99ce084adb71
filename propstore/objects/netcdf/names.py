"""The names of files and folders, and what netCDF can call them."""

from __future__ import annotations

import os
import unicodedata
from urllib.parse import quote, unquote_to_bytes

__all__ = ["GroupNames", "escaped", "is_netcdf_name", "unescaped"]

_LONGEST = 200  # bytes; netCDF takes 256, and there has to be room for a number
_DIMENSION_PREFIX = "_nc4_non_coord_"  # netCDF takes this off the names of variables


def escaped(name: str) -> str:
    """Write a file's name as text that every netCDF attribute can hold.

    Parameters
    ----------
    name : str
        The name as `os.fsdecode` gives it; it need not be UTF-8 on the disk.

    Returns
    -------
    str
        The name, with ``%`` and every byte that is not printable UTF-8 percent-encoded.
    """
    text = os.fsencode(name).decode("utf-8", "surrogateescape")
    return "".join(
        character
        if character.isprintable() and character != "%"
        else quote(character, safe="", errors="surrogateescape")
        for character in text
    )


def unescaped(text: str) -> str:
    """Give back the name that `escaped` was given."""
    return os.fsdecode(unquote_to_bytes(text))


def is_netcdf_name(name: str) -> bool:
    """Tell whether netCDF takes a name for a dimension or a variable, and keeps it as it is."""
    return name == _netcdf_name(name)


class GroupNames:
    """The names in one netCDF group: those of dimensions, variables, types and child groups.

    They share one name space, in which each name is given once, until it is released.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def reserve(self, wanted: str) -> str:
        """Take a valid name that nothing else in the group has.

        Parameters
        ----------
        wanted : str
            What it should be called.

        Returns
        -------
        str
            The same, or what is nearest to it among the names that are valid and free.
        """
        base = _netcdf_name(wanted)
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name

    def release(self, name: str) -> None:
        """Let a name be given again."""
        self._taken.remove(name)


def _netcdf_name(text: str) -> str:
    # netCDF composes its names (NFC); two that differ in nothing else would be one.
    printable = (character if character.isprintable() else "_" for character in text)
    name = unicodedata.normalize("NFC", "".join(printable).replace("/", "_"))
    if not name or not (name[0].isalnum() or name[0] == "_" or name[0] > "\x7f"):
        name = f"_{name}"
    if name.startswith(_DIMENSION_PREFIX):
        name = f"_{name}"
    name = name.encode()[:_LONGEST].decode("utf-8", "ignore")
    return f"{name[:-1]}_" if name.endswith(" ") else name

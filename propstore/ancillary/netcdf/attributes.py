"""The attributes of a group or a variable that can't be relied on to be there."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propstore.errors import AncillaryDataError

if TYPE_CHECKING:
    import netCDF4

__all__ = ["Attributes"]


class Attributes:
    """What reads the attributes of one group or variable; whoever calls it holds the lock.

    Parameters
    ----------
    owner : netCDF4.Dataset or netCDF4.Variable
        What has them.
    path : Path
        The archive, for errors.

    Attributes
    ----------
    names : set of str
        Their names.
    """

    def __init__(self, owner: netCDF4.Dataset | netCDF4.Variable[Any], path: Path) -> None:
        self._owner = owner
        self._path = path
        self.names = set(owner.ncattrs())

    def text(self, name: str) -> str:
        """Give an attribute that is one text.

        Raises
        ------
        AncillaryDataError
            If it is missing, or something else.
        """
        return self.texts(name, 1)[0]

    def integer(self, name: str) -> int:
        """Give an attribute that is one integer.

        Raises
        ------
        AncillaryDataError
            If it is missing, or something else.
        """
        return self.integers(name, 1)[0]

    def texts(self, name: str, count: int | None = None) -> list[str]:
        """Give an attribute that is texts, as many as `count` says.

        Raises
        ------
        AncillaryDataError
            If it is missing, or something else.
        """
        return [str(value) for value in self._values(name, "U", count)]

    def integers(self, name: str, count: int | None = None) -> list[int]:
        """Give an attribute that is integers, as many as `count` says.

        Raises
        ------
        AncillaryDataError
            If it is missing, or something else.
        """
        return [int(value) for value in self._values(name, "iu", count)]

    def without(self, names: Set[str]) -> dict[str, Any]:
        """Give all the others."""
        return {
            name: self._owner.getncattr(name) for name in self._owner.ncattrs() if name not in names
        }

    def _values(self, name: str, kinds: str, count: int | None) -> list[Any]:
        import numpy

        if name not in self.names:
            raise AncillaryDataError(
                f"the archive {self._path} is malformed: {self._owner.name!r} lacks {name}"
            )
        # Of one element, netCDF4 gives the element.
        values = numpy.atleast_1d(numpy.asarray(self._owner.getncattr(name)))
        if values.dtype.kind not in kinds or count not in (None, values.size):
            raise AncillaryDataError(
                f"the archive {self._path} is malformed: the attribute {name} of "
                f"{self._owner.name!r} is {values!r:.200}"
            )
        return list(values.flat)

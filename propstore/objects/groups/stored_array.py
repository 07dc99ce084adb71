"""An array in a group, of which parts can be read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from propstore.errors import StoreClosedError

if TYPE_CHECKING:
    import numpy

__all__ = ["StoredArray"]


class StoredArray(ABC):
    """An array where it is stored. It can be read for as long as the storage is open."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The lengths of its axes."""

    @property
    @abstractmethod
    def dtype(self) -> numpy.dtype[Any]:
        """The type of its elements."""

    @abstractmethod
    def __getitem__(self, key: Any) -> Any:
        """Read a part of it, which numpy's basic indices tell."""

    @abstractmethod
    def append(self, rows: Any) -> None:
        """Let it grow along its leading axis.

        Parameters
        ----------
        rows : array
            What is added, of the same shape but for the leading axis.

        Raises
        ------
        ValueError
            If it has another shape, or holds what the array's elements can't: longer text, say, or
            fractions where they are integers.
        UnsupportedOperationError
            If the array can't grow: it wasn't made by `StorageGroup.create_array`.
        """

    def _as_rows(self, rows: Any) -> numpy.ndarray[Any, Any]:
        """Give what is to be appended in the type of the elements, if nothing is lost by that."""
        import numpy

        given = numpy.asarray(rows)
        converted: numpy.ndarray[Any, Any] | None = None
        if not numpy.ma.isMaskedArray(rows) and _may_fit(given, self.dtype):
            # Of moments that a unit can't tell numpy 2.5 raises; earlier, they come out as others.
            with numpy.errstate(over="ignore", invalid="ignore"), suppress(OverflowError):
                converted = given.astype(self.dtype)
        if converted is None or not _is_kept(given, converted):
            raise ValueError(
                f"rows of {given.dtype!r} can't be appended to an array of {self.dtype!r} without "
                "a loss; convert them first, or make an array of another type"
            )
        return converted

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an array without axes has no length")
        return self.shape[0]

    def __array__(
        self, dtype: numpy.dtype[Any] | None = None, copy: bool | None = None
    ) -> numpy.ndarray[Any, Any]:
        """Read all of it.

        Raises
        ------
        ValueError
            If `copy` is False: what is read is always new.
        """
        import numpy

        if copy is False:
            raise ValueError("a stored array is read, which makes a copy")
        return numpy.asarray(self[...], dtype=dtype)

    def __repr__(self) -> str:
        try:
            form = f"shape={self.shape}, dtype={self.dtype}"
        except StoreClosedError:
            form = "closed"
        return f"<{type(self).__name__}: {form}>"


def _may_fit(given: numpy.ndarray[Any, Any], dtype: numpy.dtype[Any]) -> bool:
    """Tell whether some values of one type are values of the other."""
    import numpy

    are_integers = given.dtype.kind in "iu" and dtype.kind in "iu"
    return not given.size or are_integers or numpy.can_cast(given.dtype, dtype, "same_kind")


def _is_kept(given: numpy.ndarray[Any, Any], converted: numpy.ndarray[Any, Any]) -> bool:
    """Tell whether a conversion has kept all values; numbers with fractions may be rounded."""
    import numpy

    if not given.size:
        return True
    if converted.dtype.kind in "fc":
        return bool((numpy.isfinite(converted) == numpy.isfinite(given)).all())
    if converted.dtype.kind in "iu":
        return numpy.array_equal(converted, given)
    if converted.dtype.kind in "SUMm":
        back = converted.astype(given.dtype)
        return numpy.array_equal(back, given, equal_nan=given.dtype.kind in "Mm")
    return True

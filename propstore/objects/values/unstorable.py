"""The error about a part of a value, on its way from that part to the whole."""

from __future__ import annotations

__all__ = ["UnstorableError"]


class UnstorableError(Exception):
    """Something in a value can't be stored.

    Attributes
    ----------
    place : str
        Where in the value it is, as far as is known yet: ``"['runs'][3]"``.
    """

    place = ""

    @classmethod
    def of_type(cls, kind: type) -> UnstorableError:
        """Give the error about a type of which no values can be stored."""
        return cls(
            f"it is a {kind.__module__}.{kind.__qualname__}; what can be stored are Python's own "
            "values, numpy arrays, pandas data frames, and instances of dataclasses, pydantic "
            "models, enumerations and named tuples"
        )

    def inside(self, step: str) -> UnstorableError:
        """Give the same error, seen from one step further outside."""
        self.place = f"{step}{self.place}"
        return self

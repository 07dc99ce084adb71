"""Namespaces: where one attempt of one unit keeps its files, in a storage that all units share."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from propstore.errors import InvalidLocationError
from propstore.external.location import normalise_location

__all__ = ["Namespace"]

LONGEST_LABEL = 128  # bytes, encoded; three of them leave the greater part of a location for a name


@dataclass(frozen=True)
class Namespace:
    """The directory of one attempt of one unit of a graph of units.

    It is ``<dag label>/<unit label>/<attempt>``, with each of the three percent-encoded so that it
    is one part of a path: ``a/b`` and ``c`` are another directory than ``a`` and ``b/c``, and none
    is outside. A label that is too long is cut, and ends in ``=`` and its SHA-256.

    Attributes
    ----------
    dag_label, unit_label
        What the graph and the unit are called; any text.
    attempt
        What tells this attempt of the unit from others; any text.

    Raises
    ------
    InvalidLocationError
        If one of the three is empty or not text.
    """

    dag_label: str
    unit_label: str
    attempt: str

    def __post_init__(self) -> None:
        for noun in ("dag_label", "unit_label", "attempt"):
            label = getattr(self, noun)
            if not isinstance(label, str) or not label:
                raise InvalidLocationError(
                    f"{noun} is {label!r}; it has to be text, such as 'transformation_1'"
                )

    def __str__(self) -> str:
        labels = (self.dag_label, self.unit_label, self.attempt)
        return "/".join(_one_part(label) for label in labels)

    def location(self, name: str) -> str:
        """Give the location of a file of the attempt.

        Parameters
        ----------
        name
            A relative path, such as ``"trajectory.dcd"``.

        Raises
        ------
        InvalidLocationError
            If it is not a relative path, or leads out of the namespace.
        """
        return normalise_location(f"{self}/{normalise_location(name)}")


def _one_part(label: str) -> str:
    """Encode a label as one part of a path, no two labels as the same."""
    encoded = quote(label, safe="", errors="surrogatepass")
    if encoded.startswith("."):  # '.' and '..' lead elsewhere, and hidden names may be reserved
        encoded = f"%2E{encoded[1:]}"
    if len(encoded) <= LONGEST_LABEL:
        return encoded
    digest = hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{encoded[: LONGEST_LABEL - len(digest) - 1]}={digest}"  # quote() never leaves a '='

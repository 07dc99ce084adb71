"""What is asked of a store that may have to be computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeVar

from propstore.errors import SharingError
from propstore.model.stored_data import StoredData
from propstore.sharing.difference import Difference
from propstore.sharing.result import Result
from propstore.sharing.store import Found, SharedStore

__all__ = ["Question"]

Answer = TypeVar("Answer", covariant=True)


class Question(Protocol[Answer]):
    """Something that is asked for, whose answer is computed at most once at a time.

    Its text, by ``str``, is what messages call it.
    """

    @property
    def name(self) -> str:
        """A digest of what is asked for: whoever asks for the same waits for one calculation."""

    def answer(self, store: SharedStore) -> Answer | None:
        """Give the answer, or None if it is not stored; takes no lock."""

    def best_so_far(self, store: SharedStore) -> Found | None:
        """Give the best record that is not yet an answer, for the calculation to go on from."""

    def read(self, given: Any) -> Result:
        """Read what the calculation gave.

        Raises
        ------
        UnfitResultError
            If it does not answer the question.
        """

    def keep(self, store: SharedStore, result: Result, submitted: Any, best: Found | None) -> None:
        """Store a result, in the caller's transaction.

        Raises
        ------
        UnfitResultError
            If the question would have no answer even so.
        """

    def not_enough(self, result: Result) -> SharingError:
        """Say why a result that was kept is no answer yet."""

    def candidates(self, store: SharedStore) -> Iterator[Found]:
        """Find the records that are the least different from an answer."""

    def differences(self, record: StoredData) -> tuple[Difference, ...]:
        """Tell in what a record differs from an answer."""

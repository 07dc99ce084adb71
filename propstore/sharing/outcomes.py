"""What became of many requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from propstore.sharing.store import Found

__all__ = ["Outcome", "Outcomes"]

MOST_REASONS = 5


@dataclass(frozen=True)
class Outcome:
    """What became of one request.

    Attributes
    ----------
    request
        The request, as it was given.
    answer
        The key, the record and its files; None if it failed.
    error
        Why it failed; None if it did not.
    was_computed
        Whether the answer was computed for this request, or was found.
    """

    request: Any
    answer: Found | None = None
    error: BaseException | None = None
    was_computed: bool = False

    @property
    def kind(self) -> str:
        """``"found"``, ``"computed"`` or ``"failed"``."""
        if self.error is not None:
            return "failed"
        return "computed" if self.was_computed else "found"


class Outcomes(Sequence[Outcome]):
    """What became of all requests, in their order; its text counts them and gives the reasons."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes = tuple(outcomes)

    @overload
    def __getitem__(self, index: int) -> Outcome: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Outcome]: ...

    def __getitem__(self, index: int | slice) -> Outcome | Sequence[Outcome]:
        return self._outcomes[index]

    def __len__(self) -> int:
        return len(self._outcomes)

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self._outcomes)

    @property
    def found(self) -> list[Outcome]:
        """Those whose answer was there, or was computed by another process meanwhile."""
        return [one for one in self if one.kind == "found"]

    @property
    def computed(self) -> list[Outcome]:
        """Those whose answer was computed."""
        return [one for one in self if one.kind == "computed"]

    @property
    def failed(self) -> list[Outcome]:
        """Those that failed."""
        return [one for one in self if one.kind == "failed"]

    def answers(self) -> list[Found]:
        """Give the answers in the order of the requests.

        Raises
        ------
        ExceptionGroup
            If some failed: with the reason of each.
        """
        errors = [one.error for one in self if one.error is not None]
        if errors:
            raise BaseExceptionGroup(f"{len(errors)} of {len(self)} requests failed", errors)
        return [one.answer for one in self if one.answer is not None]

    def raise_first(self) -> None:
        """Raise the reason of the first request that failed, if one did."""
        for one in self.failed:
            assert one.error is not None
            raise one.error

    def __str__(self) -> str:
        counts = (
            f"{len(self.found)} found, {len(self.computed)} computed, {len(self.failed)} failed"
        )
        reasons = Counter(f"{type(one.error).__name__}: {one.error}" for one in self.failed)
        lines = [f"  {number} × {why}" for why, number in reasons.most_common(MOST_REASONS)]
        return "\n".join([f"{len(self)} requests: {counts}", *lines])

    def __repr__(self) -> str:
        return f"<{str(self).splitlines()[0]}>"

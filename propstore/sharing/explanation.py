"""Why a request is not answered by what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

from propstore.model.stored_data import StoredData
from propstore.sharing.difference import Difference
from propstore.sharing.question import Question
from propstore.sharing.store import SharedStore

__all__ = ["MissExplanation", "NearMiss", "explain_miss"]


@dataclass(frozen=True)
class NearMiss:
    """A record that is almost what was asked for.

    Attributes
    ----------
    key
        Its key.
    record
        The record.
    differences
        The fields that are not as asked.
    """

    key: str
    record: StoredData
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        return f"{self.key}: {'; '.join(map(str, self.differences))}"


@dataclass(frozen=True)
class MissExplanation:
    """Which records come nearest to what was asked for; its text says it in sentences.

    Attributes
    ----------
    question
        What was asked for.
    is_answered
        Whether it is stored after all.
    nearest
        The records that differ in as few fields as any, the least different first.
    """

    question: str
    is_answered: bool
    nearest: tuple[NearMiss, ...]

    def __str__(self) -> str:
        if self.is_answered:
            return f"{self.question} is stored."
        if not self.nearest:
            return f"{self.question} is not stored, nor is anything of its kind."
        lines = [f"  {near}" for near in self.nearest]
        return "\n".join([f"{self.question} is not stored. The nearest:", *lines])


def explain_miss(store: SharedStore, question: Question[Any], limit: int) -> MissExplanation:
    """Find the records that come nearest to what is asked for.

    Parameters
    ----------
    store
        Where they are searched for.
    question
        What is asked for.
    limit
        How many are given at most.
    """
    if question.answer(store) is not None:
        return MissExplanation(str(question), is_answered=True, nearest=())
    near = {
        found.key: NearMiss(found.key, found.record, question.differences(found.record))
        for found in question.candidates(store)
    }
    nearest = nsmallest(limit, near.values(), key=_remoteness)
    return MissExplanation(str(question), is_answered=False, nearest=tuple(nearest))


def _remoteness(near: NearMiss) -> tuple[int, float]:
    return len(near.differences), sum(one.distance for one in near.differences)

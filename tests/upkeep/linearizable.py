"""A checker of histories: can the operations on a record be put into one order?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

__all__ = ["Operation", "order_of"]


class Operation(NamedTuple):
    """One operation on a record that only ever gets better, as it was seen from outside.

    Attributes
    ----------
    kind
        Whether it was read or written.
    value
        What was read (None: nothing was there) or written; a lower one is better.
    begin, end
        When it was called and when it returned.
    """

    kind: Literal["read", "write"]
    value: float | None
    begin: int
    end: int


def order_of(operations: Sequence[Operation]) -> list[Operation] | None:
    """Find an order in which the operations could have happened one at a time.

    An operation comes after all that ended before it began. A write makes the record the better
    of what it was and what is written; a read gives what the record is. This is the search of Wing
    and Gong (1993), with Lowe's cache of states: of a set of operations that are done, only one
    order matters for each value of the record.

    Returns
    -------
    list of Operation or None
        The order; None if there is none.
    """
    operations = sorted(operations, key=lambda one: one.begin)
    done: list[int] = []
    tried: set[tuple[frozenset[int], float]] = set()
    values = [float("inf")]
    candidates = [_candidates(operations, frozenset())]
    while len(done) < len(operations):
        if not candidates[-1]:
            candidates.pop()
            if not done:
                return None
            done.pop()
            values.pop()
            continue
        chosen = candidates[-1].pop()
        value = _after(operations[chosen], values[-1])
        state = (frozenset([*done, chosen]), -1.0 if value is None else value)
        if value is None or state in tried:
            continue
        tried.add(state)
        done.append(chosen)
        values.append(value)
        candidates.append(_candidates(operations, state[0]))
    return [operations[index] for index in done]


def _candidates(operations: Sequence[Operation], done: frozenset[int]) -> list[int]:
    """Give those that no other one, of those that are left, ended before."""
    left = [index for index in range(len(operations)) if index not in done]
    first_end = min((operations[index].end for index in left), default=0)
    return [index for index in reversed(left) if operations[index].begin <= first_end]


def _after(operation: Operation, value: float) -> float | None:
    """Give what the record is after an operation; None if that can't come now."""
    if operation.kind == "write":
        return min(value, operation.value)
    return value if value == (operation.value or float("inf")) else None

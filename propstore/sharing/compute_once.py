"""Computing a result once, however many ask for it at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from propstore.errors import (
    CircularCalculationError,
    ClaimLostError,
    ClaimTimeoutError,
    StoreError,
)
from propstore.sharing.claim import Claim, ClaimTable, Holding
from propstore.sharing.heartbeat import Heartbeat
from propstore.sharing.question import Question
from propstore.sharing.result import Result
from propstore.sharing.store import Found, SharedStore
from propstore.sharing.terms import Terms
from propstore.sharing.watch import Sign, Watch

__all__ = ["Calculation", "Computed", "compute_once"]

Answer = TypeVar("Answer")

Calculation = Callable[[Found | None], Any]
"""Computes a result, from the best record so far if there is one."""

_HELD: ContextVar[frozenset[Claim]] = ContextVar("held claims", default=frozenset())


@dataclass(frozen=True)
class Computed(Generic[Answer]):
    """An answer, and whether it was computed for this caller."""

    answer: Answer
    was_computed: bool


def compute_once(
    store: SharedStore, question: Question[Answer], calculate: Calculation, terms: Terms
) -> Computed[Answer]:
    """Give an answer: the stored one, or else compute it, or wait for whoever computes it.

    Parameters
    ----------
    store
        Where the answer is, or will be.
    question
        What is asked for.
    calculate
        Computes a result. Called by the one caller that holds the claim.
    terms
        How long to wait for others, and when to take over.

    Raises
    ------
    ClaimTimeoutError
        If another has not computed it in time; the message says who, and since when.
    ClaimLostError
        If another took over, and has no answer yet.
    CircularCalculationError
        If a calculation asks for its own result.
    UnfitResultError, NotEnoughDataError
        If the result is not what was asked for, or not enough.
    """
    store.refuse_transaction()
    answer = question.answer(store)
    if answer is not None:
        return Computed(answer, was_computed=False)
    store.refuse_if_read_only(str(question))
    claims, waiting = store.claims, _Waiting(question, terms)
    while True:
        rings = claims.bell.rings
        holding = claims.inspect(question.name)
        if holding is not None and waiting.goes_on(claims, holding):
            claims.bell.wait(rings, waiting.pause())
            continue
        answer = question.answer(store)
        if answer is not None:
            return Computed(answer, was_computed=False)
        claim = claims.acquire(question.name, terms.expiry, instead_of=holding)
        if claim is not None:
            return _compute_under(claim, store, question, calculate, terms)


class _Waiting:
    """The wait for what another computes."""

    def __init__(self, question: Question[Any], terms: Terms) -> None:
        self._question = question
        self._terms = terms
        self._watch = Watch()
        self._began = time.monotonic()

    def pause(self) -> float:
        """Give for how long to pause before the next look."""
        return self._terms.pause(time.monotonic() - self._began)

    def goes_on(self, claims: ClaimTable, holding: Holding) -> bool:
        """Tell whether there is someone to wait for."""
        if holding.claim in _HELD.get():
            raise CircularCalculationError(
                f"the calculation of {self._question} asks for its own result, and would wait for "
                "itself."
            )
        sign = self._watch.look(holding)
        if sign is Sign.DEAD:
            return False
        if sign is Sign.DOUBTFUL:
            claims.doubt(holding)
        timeout = self._terms.timeout
        if timeout is not None and time.monotonic() - self._began >= timeout:
            raise ClaimTimeoutError(
                f"{self._question} is not there after {timeout:g} s: it is computed by {holding}."
            )
        return True


def _compute_under(
    claim: Claim,
    store: SharedStore,
    question: Question[Answer],
    calculate: Calculation,
    terms: Terms,
) -> Computed[Answer]:
    """Compute with a claim, which is let go of in any case."""
    before = _HELD.set(_HELD.get() | {claim})
    try:
        answer = question.answer(store)  # it may have come between the last look and the claim
        if answer is None:
            return _compute(claim, store, question, calculate, terms)
        store.claims.release(claim)
        return Computed(answer, was_computed=False)
    except BaseException as error:
        try:
            store.claims.release(claim)
        except StoreError as problem:
            error.add_note(f"besides, the claim could not be released, and expires: {problem}")
        raise
    finally:
        _HELD.reset(before)
        store.claims.bell.ring()


def _compute(
    claim: Claim,
    store: SharedStore,
    question: Question[Answer],
    calculate: Calculation,
    terms: Terms,
) -> Computed[Answer]:
    best = question.best_so_far(store)
    with Heartbeat(store.claims, claim):
        result = question.read(calculate(best))
        try:
            answer = store.attempt(lambda: _store(claim, store, question, result, best, terms))
        except ClaimLostError:
            answer = question.answer(store)
            if answer is None:
                raise
            return Computed(answer, was_computed=False)
    if answer is None:
        raise question.not_enough(result)
    return Computed(answer, was_computed=True)


def _store(
    claim: Claim,
    store: SharedStore,
    question: Question[Answer],
    result: Result,
    best: Found | None,
    terms: Terms,
) -> Answer | None:
    """Store a result and release the claim in one transaction, if nobody has taken over."""
    prepared = store.submitted(result.record, result.directory, move=terms.move)
    with prepared as submitted, store.transaction():
        if not store.claims.is_current(claim):
            raise ClaimLostError(_how_it_was_lost(claim, store.claims, question))
        question.keep(store, result, submitted, best)
        store.claims.release(claim)
        return question.answer(store)


def _how_it_was_lost(claim: Claim, claims: ClaimTable, question: Question[Any]) -> str:
    successor = claims.inspect(claim.name)
    who = "another, who has given up since" if successor is None else f"{successor}"
    return (
        f"{question} was taken over by {who}: this process had shown no sign of life for "
        f"{claim.expiry:g} s, so its result was not stored. Ask again to wait for the other's; a "
        "longer expiry lets a calculation block its process for longer."
    )

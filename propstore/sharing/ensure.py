"""Computing many requests: only what is missing, by whatever executor there is."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from functools import lru_cache
from queue import SimpleQueue
from typing import Any, NamedTuple, Protocol, runtime_checkable
from uuid import uuid4

from propstore.errors import ClaimTimeoutError, ObjectNotFoundError
from propstore.sharing.compute_once import compute_once
from propstore.sharing.outcomes import Outcome, Outcomes
from propstore.sharing.progress import shown_progress
from propstore.sharing.request import Request
from propstore.sharing.store import Found, SharedStore
from propstore.sharing.terms import Terms

__all__ = ["Executor", "ExecutorSource", "ensure"]


class Executor(Protocol):
    """What runs the calculations, as the executors of ``concurrent.futures`` do."""

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Let a function be called, here or elsewhere."""


@runtime_checkable
class ExecutorSource(Protocol):
    """What gives an executor, as the client of a Dask cluster does."""

    def get_executor(self) -> Executor:
        """Give the executor."""


def ensure(
    store: SharedStore,
    calculate: Callable[..., Any],
    requests: Iterable[Any],
    executor: Executor | ExecutorSource | None,
    terms: Terms,
    *,
    progress: bool,
) -> Outcomes:
    """Compute what is missing of many requests, and give what became of each.

    Parameters
    ----------
    store
        Where the answers are, or will be.
    calculate
        Called with a request as it was given, and with the best record so far if it makes demands.
    requests
        Data queries, identities of records, and requests.
    executor
        What runs the calculations, or gives what does; None for one after the other in this thread.
    terms
        How long to wait for others, and when to take over.
    progress
        Whether to show how far it is.
    """
    store.refuse_transaction()
    given = list(requests)
    running = executor.get_executor() if isinstance(executor, ExecutorSource) else executor
    with shown_progress(len(given), is_wanted=progress) as show:
        work = _Work(store, calculate, given, terms, show)
        try:
            work.find()
            work.compute(_InThisThread() if running is None else running)
        except KeyboardInterrupt as interrupt:
            done = f"{len(work.outcomes)} of {len(given)} requests are done"
            interrupt.add_note(f"{done}, and their answers kept.")
            raise
    return Outcomes([work.outcomes[place] for place in range(len(given))])


class _Work:
    """The requests, and what became of them so far."""

    def __init__(
        self,
        store: SharedStore,
        calculate: Callable[..., Any],
        given: Sequence[Any],
        terms: Terms,
        show: Callable[[int, str], None],
    ) -> None:
        self._store = store
        self._calculate = calculate
        self._given = given
        self._terms = terms
        self._show = show
        self._counts = {"found": 0, "computed": 0, "failed": 0}
        self._missing: dict[Request, list[int]] = {}  # with the places of all that are equal
        self.outcomes: dict[int, Outcome] = {}

    def find(self) -> None:
        """Find what is there already."""
        for place, given in enumerate(self._given):
            request = Request.of(given)
            if request in self._missing:
                self._missing[request].append(place)
                continue
            answer = request.answer(self._store)
            if answer is None:
                self._store.refuse_if_read_only(str(request))
                self._missing[request] = [place]
            else:
                self._note([place], answer=answer)

    def compute(self, executor: Executor) -> None:
        """Compute what is missing; what others compute at the time is left for last.

        So no worker is idle while there is something to compute, and programs that want the same
        share it among them.
        """
        left = self._round(executor, list(self._missing), is_last=False)
        self._round(executor, left, is_last=True)

    def _round(
        self, executor: Executor, requests: Iterable[Request], *, is_last: bool
    ) -> list[Request]:
        """Try to compute requests; unless it is the last time, give those that others compute."""
        handle, left = _Handle(self._store), []
        done: SimpleQueue[Future[Any]] = SimpleQueue()
        running: dict[Future[Any], Request] = {}
        try:
            for request in requests:
                given = self._given[self._missing[request][0]]
                task = (handle, self._calculate, given, self._terms, is_last)
                future = _submitted(executor, *task)
                running[future] = request
                future.add_done_callback(done.put)
                while not done.empty():
                    left += self._settle(running, done.get())
            while running:
                left += self._settle(running, done.get())
        except BaseException:
            for future in running:
                future.cancel()
            raise
        return left

    def _settle(self, running: dict[Future[Any], Request], future: Future[Any]) -> list[Request]:
        """Note what became of a request, or give it back if others compute it."""
        request = running.pop(future)
        places = self._missing[request]
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            self._note(places, error=error)
            return []
        attempt: _Attempt | None = future.result()
        if attempt is None:
            return [request]
        answer = self._store.retrieve(attempt.key)
        if answer is None:
            removed = f"{attempt.key!r} was removed as soon as it was stored."
            self._note(places, error=ObjectNotFoundError(removed))
        else:
            self._note(places, answer=answer, was_computed=attempt.was_computed)
        return []

    def _note(self, places: list[int], was_computed: bool = False, **result: Any) -> None:
        for number, place in enumerate(places):
            outcome = Outcome(
                self._given[place], was_computed=was_computed and number == 0, **result
            )
            self.outcomes[place] = outcome
            self._counts[outcome.kind] += 1
        text = ", ".join(f"{number} {kind}" for kind, number in self._counts.items())
        self._show(len(self.outcomes), text)


class _Handle:
    """A store on its way to a worker; in one process there it is opened once."""

    def __init__(self, store: SharedStore) -> None:
        self.store = store

    def __reduce__(self) -> Any:
        return _opened, (pickle.dumps(self.store),)

    def __dask_tokenize__(self) -> str:
        # Dask gives one answer to all tasks that have equal arguments, also to the next attempt.
        return uuid4().hex


@lru_cache(maxsize=8)
def _opened(pickled: bytes) -> _Handle:
    return _Handle(pickle.loads(pickled))  # noqa: S301 - it is part of what the executor unpickles


class _Attempt(NamedTuple):
    """The key of an answer, and whether it was computed."""

    key: str
    was_computed: bool


def _attempt(
    handle: _Handle, calculate: Callable[..., Any], given: Any, terms: Terms, is_last: bool
) -> _Attempt | None:
    """Compute one request; None if others compute it, and it is not the last attempt."""
    request = Request.of(given)
    is_begun = False

    def calculation(best: Found | None) -> Any:
        nonlocal is_begun
        is_begun = True
        return calculate(given, best) if request.demands else calculate(given)

    now = terms if is_last else replace(terms, timeout=0.0)
    try:
        computed = compute_once(handle.store, request, calculation, now)
    except ClaimTimeoutError:
        if is_last or is_begun:  # the calculation may have waited for something, too
            raise
        return None
    return _Attempt(computed.answer.key, computed.was_computed)


def _submitted(executor: Executor, *task: Any) -> Future[Any]:
    """Submit a task; to an executor that takes none any more, as one that has failed."""
    try:
        return executor.submit(_attempt, *task)
    except RuntimeError as error:
        future: Future[Any] = Future()
        future.set_exception(error)
        return future


class _InThisThread:
    """An executor that calls at once."""

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args))
        except Exception as error:  # noqa: BLE001 - it is an outcome, as with every executor
            future.set_exception(error)
        return future

"""What a store offers to those who share its results: computing each of them once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar, cast

from propstore.backends.index import Match
from propstore.backends.record_storage import RecordStorage
from propstore.backends.shared_backend import SharedBackend
from propstore.model.stored_data import StoredData
from propstore.query.data_query import DataQuery
from propstore.sharing import (
    CachedFunction,
    MissExplanation,
    Outcomes,
    RecordIdentity,
    Request,
)
from propstore.sharing.cached_call import CachedCall
from propstore.sharing.compute_once import compute_once
from propstore.sharing.explanation import explain_miss
from propstore.sharing.store import Found
from propstore.sharing.terms import EXPIRY, Terms

if TYPE_CHECKING:
    from propstore.sharing.ensure import Executor, ExecutorSource

__all__ = ["ComputingOnce"]

Record = TypeVar("Record", bound=StoredData)
Arguments = ParamSpec("Arguments")
Given = TypeVar("Given")

Asked: TypeAlias = DataQuery | RecordIdentity | Request
"""What can be asked for before it is there."""


class ComputingOnce(RecordStorage):
    """The methods of a store by which many share what each of them would compute.

    While one computes, it holds a claim in the store, and all others wait for its result. Where the
    claims are is the backend's matter: those of a store in a folder are in its catalog, and known
    to all processes; a backend with three hooks has them in memory, and only the threads that use
    one store object know of each other.
    """

    def compute_once(
        self,
        request: Asked,
        calculate: Callable[..., Record | tuple[Record, str | os.PathLike[str]]],
        *,
        timeout: float | None = None,
        poll: float | None = None,
        expiry: float = EXPIRY,
        move: bool = False,
    ) -> Match[Record]:
        """Give the stored answer to a request, or compute it, or wait for whoever computes it.

        Parameters
        ----------
        request
            What is asked for: a data query, a `RecordIdentity`, or a `Request` that says how much
            data is enough.
        calculate
            Gives the record, or the record and the directory of its files. Called without
            arguments; or, if the request says how much is enough, with the best ``(key, record,
            path)`` so far, or None. What it raises is raised here, and the next who asks computes.
        timeout
            For how many seconds to wait for others; None for as long as they are alive, 0 not to
            wait.
        poll
            How many seconds may pass between two looks at whether their result is there, 0.5
            unless told otherwise. The first looks come faster.
        expiry
            For how many seconds this caller may show no sign of life, when it computes, before
            another takes over. A process that was killed is taken over at once.
        move
            Whether the files leave where they are, instead of being copied.

        Returns
        -------
        Match
            The key, the record and its files: of those that match, the first that was stored.

        Raises
        ------
        ClaimTimeoutError
            If others have not computed it in time; the message says who, and since when.
        UnfitResultError
            If what was calculated does not match the request; the message says in which fields.
        NotEnoughDataError
            If it matches and is not enough. It is kept if it is better than the best so far.
        ClaimLostError
            If this process showed no sign of life, and another took over and is not done yet. Had
            it been done, its record would be returned.
        CircularCalculationError
            If the calculation asks for its own result.
        StoreReadOnlyError
            If it is not stored, and the store was opened for reading.
        UnsupportedOperationError
            Inside of ``batch()``.
        """
        asked = Request.of(request)

        def calculation(best: Found | None) -> Any:
            return calculate(best) if asked.demands else calculate()

        terms = Terms(timeout, poll, expiry, move)
        computed = compute_once(self._shared, asked, calculation, terms)
        return cast("Match[Record]", computed.answer)

    def cached(
        self,
        *,
        version: str = "1",
        name: str | None = None,
        timeout: float | None = None,
        poll: float | None = None,
        expiry: float = EXPIRY,
        move: bool = False,
    ) -> Callable[[Callable[Arguments, Given]], CachedFunction[Arguments, Given]]:
        """Decorate a function so that it is computed once for the same arguments.

        The function's name and version and the arguments are the identity of a result. It gives a
        `Quantity`, a record, or a record and the directory of its files; a record is stored as
        such, and can be found by queries as well.

        Parameters
        ----------
        version
            A text to be changed whenever the function gives something else: the results of other
            versions are not found.
        name
            The lasting name of the function; that of its module and itself unless told otherwise.
            Give one to a function of a script or a notebook that is to be moved.
        timeout, poll, expiry, move
            As for `compute_once`.

        Raises
        ------
        UncacheableError
            If a parameter has no annotation or can't be part of an identity, or if the function
            gives what can't be stored. What can are `Substance`, `ThermodynamicState`,
            `Quantity`, records, text, numbers, enumerations, frozen pydantic models, and tuples
            and frozensets of these.
        """
        terms = Terms(timeout, poll, expiry, move)

        def decorate(
            function: Callable[Arguments, Given],
        ) -> CachedFunction[Arguments, Given]:
            return CachedFunction(function, self._shared, name=name, version=version, terms=terms)

        return decorate

    def ensure(
        self,
        calculate: Callable[..., Any],
        requests: Iterable[Asked],
        executor: Executor | ExecutorSource | None = None,
        progress: bool = True,
        *,
        timeout: float | None = None,
        poll: float | None = None,
        expiry: float = EXPIRY,
        move: bool = False,
    ) -> Outcomes:
        """Compute what is missing of many requests, and give what became of each, in their order.

        One that fails does not stop the others. What is interrupted by Ctrl-C keeps what is done,
        and asked again goes on from there.

        Parameters
        ----------
        calculate
            Called with the request as it was given, and, if that says how much is enough, with
            the best ``(key, record, path)`` so far or None. Gives what it gives to `compute_once`.
        requests
            What is asked for, each as for `compute_once`.
        executor
            What runs the calculations: a ``ThreadPoolExecutor``, a ``ProcessPoolExecutor`` (then
            the store and ``calculate`` have to be picklable), the client of a Dask cluster, a
            `propstore.workers.RayExecutor`, or any that submits as they do. None calculates in this
            thread.
        progress
            Whether to show how far it is, if standard error is a terminal.
        timeout, poll, expiry, move
            As for `compute_once`, for each request.
        """
        from propstore.sharing.ensure import ensure  # imported late: few compute many at once

        terms = Terms(timeout, poll, expiry, move)
        return ensure(self._shared, calculate, requests, executor, terms, progress=progress)

    def explain_miss(self, request: Asked | CachedCall, *, limit: int = 3) -> MissExplanation:
        """Say which records come nearest to a request, and in what each differs.

        Parameters
        ----------
        request
            What was asked for, and not found; for a cached function, its ``request(...)``.
        limit
            How many records are given at most.

        Returns
        -------
        MissExplanation
            Its text reads as ``temperature 300.0 K, asked 298.15 K``.
        """
        question = request if isinstance(request, CachedCall) else Request.of(request)
        return explain_miss(self._shared, question, limit)

    @property
    def _shared(self) -> SharedBackend:
        return SharedBackend(self)

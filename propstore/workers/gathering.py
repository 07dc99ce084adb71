"""Work that is done at the same time, and whose failures are told together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

__all__ = ["Gathering"]

AT_ONCE = 8  # more would hold more objects in memory, and keep no more of a few threads busy

Result = TypeVar("Result")


class Gathering(Generic[Result]):
    """Tasks that run at the same time, a few at once.

    Parameters
    ----------
    purpose : str
        What they are to do, for the message of a failure.
    """

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose
        self._places = asyncio.Semaphore(AT_ONCE)
        self._tasks: list[asyncio.Task[Result]] = []

    def start(self, work: Callable[[], Awaitable[Result]]) -> None:
        """Begin with a task as soon as there is a place for it."""
        self._tasks.append(asyncio.create_task(self._run(work)))

    async def results(self) -> list[Result]:
        """Wait for all tasks.

        Returns
        -------
        list
            Their results, in the order in which they were started.

        Raises
        ------
        ExceptionGroup
            If some have failed. All have come to their end then.
        """
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        failures = [one for one in outcomes if isinstance(one, BaseException)]
        if failures:
            raise BaseExceptionGroup(
                f"{len(failures)} of {len(outcomes)} objects could not be {self._purpose}", failures
            )
        return [one for one in outcomes if not isinstance(one, BaseException)]

    async def cancel(self) -> None:
        """Cancel all tasks, and wait until they have come to their end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, work: Callable[[], Awaitable[Result]]) -> Result:
        async with self._places:
            return await work()

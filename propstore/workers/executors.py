"""Executors that run calculations on a cluster."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

__all__ = ["RayExecutor"]


class RayExecutor:
    """Runs calculations as tasks of Ray, for ``store.ensure(..., executor=RayExecutor())``.

    The processes of the cluster open the store by themselves, so it has to be one that they all
    reach. When one of them dies, Ray runs its task again, ``max_retries`` times, elsewhere; the
    claim of the dead one is taken over there.

    Parameters
    ----------
    **options
        What a task needs, as ``ray.remote`` takes it: ``num_cpus=4``, ``num_gpus=1``,
        ``max_retries=5``.

    Raises
    ------
    ImportError
        If Ray is not installed.
    """

    def __init__(self, **options: Any) -> None:
        try:
            import ray
        except ImportError as error:
            raise ImportError(
                "a RayExecutor needs Ray, which is not installed: pip install 'propstore[ray]'"
            ) from error
        self._ray = ray
        task = ray.remote(_called)
        self._task = task.options(**options) if options else task

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Let a function be called by a process of the cluster.

        Returns
        -------
        Future
            Its exception is what the function raised, or Ray's own if its process died too often.
            A task that is cancelled is not begun, or is interrupted.
        """
        reference = self._task.remote(function, args)
        future: Future[Any] = Future()
        future.add_done_callback(partial(self._stop_if_cancelled, reference))
        reference.future().add_done_callback(partial(_hand_on, future))
        return future

    def _stop_if_cancelled(self, reference: Any, future: Future[Any]) -> None:
        if future.cancelled():
            self._ray.cancel(reference)


def _called(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(*arguments)


def _hand_on(future: Future[Any], finished: Future[Any]) -> None:
    """Give one future the outcome of another, unless it was cancelled meanwhile."""
    if not future.set_running_or_notify_cancel():
        return
    error = finished.exception()
    if error is None:
        future.set_result(finished.result())
    else:
        # Ray wraps what a function raised in an error of its own.
        future.set_exception(getattr(error, "cause", None) or error)

"""A lock that belongs to one object, and doesn't hinder its being pickled."""

from __future__ import annotations

import threading
from types import TracebackType

__all__ = ["InstanceLock"]


class InstanceLock:
    """A reentrant lock between threads; its copy, pickled or not, is another lock, and free."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[type[InstanceLock], tuple[()]]:
        return InstanceLock, ()

"""Faults at a chosen step of what a program does to the disk: a kill, a full disk, an I/O error.

The steps are found by taking the place of the functions through which Python writes, so that the
code under test has no hooks in it::

    with FaultInjector.counting(below=tmp_path) as injector:
        store.store_object(record)

    for step in range(1, len(injector.steps) + 1):  # each in a process of its own
        with FaultInjector.killing(below=tmp_path, at=step):
            store.store_object(record)

What SQLite does inside of one statement is one step.
"""

from __future__ import annotations

import builtins
import errno
import fcntl
import functools
import io
import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, NoReturn, Self

__all__ = ["FaultInjector", "Step"]

_BY_DESCRIPTOR = ("fsync", "fdatasync", "ftruncate", "write", "sendfile")
_BY_PATH = ("mkdir", "rmdir", "unlink", "remove")
_BY_TWO_PATHS = ("rename", "replace", "link", "symlink")
_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "INSERT", "UPDATE", "DELETE", "CREATE")


class Step(NamedTuple):
    """One step of what a program does to the disk.

    Attributes
    ----------
    call
        The name of the function: ``"fsync"``, ``"replace"``, ...; ``"open"`` for opening to write,
        ``"write"``; or the first word of an SQL statement.
    path
        The file or the directory; the new one, where there are two.
    """

    call: str
    path: str


class FaultInjector:
    """A context in which each step on the disk is noted, and one of them meets a fault.

    Parameters
    ----------
    below
        The directory; steps elsewhere do not count.
    at
        The number of the step that meets the fault, the first being 1.
    fault
        Called instead of the step. Of bytes that were to be written, half are written before.

    Attributes
    ----------
    steps
        The steps so far.
    """

    def __init__(self, below: Path, at: int = 0, fault: Callable[[Step], None] | None = None):
        self.steps: list[Step] = []
        self._below = os.path.realpath(below)
        self._at = at
        self._fault = fault
        self._replaced: list[tuple[Any, str, Any]] = []

    @classmethod
    def counting(cls, below: Path) -> Self:
        """Give an injector that only notes the steps."""
        return cls(below)

    @classmethod
    def killing(cls, below: Path, at: int) -> Self:
        """Give an injector that kills the process at a step, by SIGKILL."""
        return cls(below, at, _kill)

    @classmethod
    def failing(cls, below: Path, at: int, error_number: int) -> Self:
        """Give an injector that lets a step fail, with `errno.ENOSPC` or `errno.EIO`, say."""
        return cls(below, at, functools.partial(_fail, error_number))

    def __enter__(self) -> Self:
        for name in (*_BY_DESCRIPTOR, *_BY_PATH, *_BY_TWO_PATHS):
            self._replace(os, name, functools.partial(self._called, name, getattr(os, name)))
        self._replace(os, "open", functools.partial(self._os_open, os.open))
        self._replace(io, "open", functools.partial(self._open, io.open))
        self._replace(builtins, "open", functools.partial(self._open, builtins.open))
        self._replace(sqlite3, "connect", functools.partial(self._connect, sqlite3.connect))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._replaced:
            setattr(*self._replaced.pop())

    def step(self, call: str, path: str, before_fault: Callable[[], object] | None = None) -> None:
        """Note a step, and do what is to be done at it."""
        if not f"{path}/".startswith(f"{self._below}/"):
            return
        step = Step(call, path)
        self.steps.append(step)
        if len(self.steps) == self._at and self._fault is not None:
            if before_fault is not None:
                before_fault()
            self._fault(step)

    def _replace(self, module: Any, name: str, function: Any) -> None:
        self._replaced.append((module, name, getattr(module, name)))
        setattr(module, name, function)

    def _called(self, name: str, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if name in _BY_TWO_PATHS:
            path = _real_path(args[1], kwargs.get("dst_dir_fd"))
        elif name in _BY_PATH:
            path = _real_path(args[0], kwargs.get("dir_fd"))
        else:
            path = _descriptor_path(args[0])
        half = None
        if name == "write":
            half = functools.partial(original, args[0], memoryview(args[1])[: len(args[1]) // 2])
        self.step(name, path, half)
        return original(*args, **kwargs)

    def _os_open(
        self, original: Callable[..., int], path: Any, flags: int, *args: Any, **kwargs: Any
    ) -> int:
        if flags & (os.O_CREAT | os.O_TRUNC):
            self.step("open", _real_path(path, kwargs.get("dir_fd")))
        return original(path, flags, *args, **kwargs)

    def _open(
        self,
        original: Callable[..., Any],
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        if not set(mode) & set("wxa+"):
            return original(file, mode, buffering, encoding, errors, newline, closefd, opener)
        path = _descriptor_path(file) if isinstance(file, int) else _real_path(file, None)
        if not isinstance(file, int):
            self.step("open", path)
        raw = _WrittenFile(self, path, file, mode.translate(_WITHOUT_KIND), closefd, opener)
        if buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    def _connect(
        self, original: Callable[..., sqlite3.Connection], database: Any, *args: Any, **kwargs: Any
    ) -> sqlite3.Connection:
        path = str(database).removeprefix("file://").partition("?")[0]
        kwargs["factory"] = functools.partial(_WatchedConnection, self, path)
        return original(database, *args, **kwargs)


_WITHOUT_KIND = {ord("b"): None, ord("t"): None}


class _WrittenFile(io.FileIO):
    """A file of which each write is a step."""

    def __init__(self, injector: FaultInjector, path: str, *args: Any) -> None:
        super().__init__(*args)
        self._injector = injector
        self._path = path

    def write(self, data: Any, /) -> int:
        """Write bytes."""
        half = functools.partial(super().write, memoryview(data)[: len(data) // 2])
        self._injector.step("write", self._path, half)
        return super().write(data)


class _WatchedConnection(sqlite3.Connection):
    """A connection of which each statement that writes is a step."""

    def __init__(self, injector: FaultInjector, path: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._injector = injector
        self._path = path

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        """Execute a statement."""
        word = sql.split(maxsplit=1)[0].upper()
        if word in _STATEMENTS:
            try:
                self._injector.step(word, self._path)
            except OSError as error:
                raise _as_sqlite_has_it(error) from error
        return super().execute(sql, *args)


def _kill(step: Step) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def _fail(error_number: int, step: Step) -> NoReturn:
    raise OSError(error_number, os.strerror(error_number), step.path)


def _as_sqlite_has_it(error: OSError) -> sqlite3.OperationalError:
    is_full = error.errno == errno.ENOSPC
    text = "database or disk is full" if is_full else "disk I/O error"
    translated = sqlite3.OperationalError(text)
    translated.sqlite_errorcode = sqlite3.SQLITE_FULL if is_full else sqlite3.SQLITE_IOERR
    return translated


def _real_path(path: Any, directory: int | None) -> str:
    if isinstance(path, int):
        return _descriptor_path(path)
    text = os.fsdecode(path)
    if directory is not None and not text.startswith("/"):
        text = f"{_descriptor_path(directory)}/{text}"
    parent, name = os.path.split(os.path.abspath(text))  # noqa: PTH100 - it keeps the link itself
    return f"{os.path.realpath(parent).rstrip('/')}/{name}"


def _descriptor_path(descriptor: int) -> str:
    """Give the path of an open file, or what the system says of one that has none."""
    if hasattr(fcntl, "F_GETPATH"):
        return os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
    return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 - no path, but a name for one

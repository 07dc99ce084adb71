"""Who holds a claim, and how to be certain that nobody does any more."""

from __future__ import annotations

import os
import platform
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Owner"]

_PROCESSES = Path("/proc")
_GONE_STATES = ("Z", "X", "x")  # a zombie is a process that has ended and was not waited for


@dataclass(frozen=True)
class Owner:
    """A thread of a process on a host.

    Attributes
    ----------
    host
        The name of the host, for people.
    process
        The number of the process.
    thread
        The name of the thread, for people.
    machine
        What the numbers of processes are unique in: one boot of one kernel, and one name space in
        it, as containers have; None where the system does not tell.
    started
        When the process was started, in the kernel's own count, so that its number is not taken
        for that of a later process; None where the system does not tell.
    """

    host: str
    process: int
    thread: str
    machine: str | None
    started: str | None

    @classmethod
    def here(cls) -> Owner:
        """Give the running thread."""
        process = os.getpid()
        return cls(
            host=platform.node(),
            process=process,
            thread=threading.current_thread().name,
            machine=_machine(),
            started=_state_and_start(process)[1],
        )

    def is_gone(self) -> bool:
        """Tell whether the process has certainly ended, which only its own machine can know."""
        if self.machine is None or self.started is None or self.machine != _machine():
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except PermissionError:  # another user's, of whom the system may hide the rest
            return False
        state, started = _state_and_start(self.process)
        return state in _GONE_STATES or started not in (None, self.started)

    def __str__(self) -> str:
        return f"process {self.process} ({self.thread}) on {self.host}"


@cache
def _machine() -> str | None:
    try:
        boot = (_PROCESSES / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {(_PROCESSES / 'self/ns/pid').readlink()}"
    except OSError:
        return None


def _state_and_start(process: int) -> tuple[str | None, str | None]:
    """Give the state of a process and when it was started, each None if it can't be read.

    They are the third and the twenty-second field of its ``stat`` (proc(5)). The second, the name
    of its program, is in parentheses and may have anything in it.
    """
    try:
        text = (_PROCESSES / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None, None
    fields = text.rpartition(")")[2].split()
    return fields[0], fields[19]

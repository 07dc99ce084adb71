"""What the processes do that share a store."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path

import propstore as ps
from tests.samples import density
from tests.sharing.calculations import Journal, wanted

NUMBERS = range(100)


def temperature(number: int) -> str:
    """Give the temperature that a number stands for."""
    return f"{280 + number} K"


def ask_for_all(
    root: Path,
    journal: Path,
    together: Barrier,
    seconds: float,
    numbers: Sequence[int] = NUMBERS,
) -> None:
    """Ask for all densities, one after the other.

    Parameters
    ----------
    root
        The store.
    journal
        Where calculations are noted.
    together
        Where the processes wait for each other before they begin.
    seconds
        How long a calculation takes.
    numbers
        In which order.
    """

    def calculate(number: int) -> ps.PropertyData:
        Journal(journal).note(number)
        time.sleep(seconds)
        return density(temperature(number))

    with ps.open(root) as store:
        together.wait(120)
        for number in numbers:
            store.compute_once(wanted(temperature(number)), lambda number=number: calculate(number))


def ask_for_one(root: Path, journal: Path, together: Barrier, seconds: float) -> None:
    """Ask for one density."""

    def calculate() -> ps.PropertyData:
        Journal(journal).note("one")
        time.sleep(seconds)
        return density()

    with ps.open(root) as store:
        together.wait(120)
        store.compute_once(wanted(), calculate)


def ask_for_one_with_expiry(root: Path, journal: Path, seconds: float, expiry: float) -> None:
    """Ask for one density, with a claim that expires soon."""

    def calculate() -> ps.PropertyData:
        Journal(journal).note("one")
        time.sleep(seconds)
        return density()

    with ps.open(root) as store:
        store.compute_once(wanted(), calculate, expiry=expiry)


def be_suspended(root: Path, journal: Path, expiry: float, file: Path) -> None:
    """Suspend this process within a calculation, and write down what came of it."""

    def calculate() -> tuple[ps.PropertyData, Path]:
        Journal(journal).note("suspended")
        os.kill(os.getpid(), signal.SIGSTOP)
        files = file.with_name("files")
        files.mkdir()
        (files / "late.txt").write_text("late")
        return density(value="1 kg/m**3"), files

    with ps.open(root) as store:
        try:
            match = store.compute_once(wanted(), calculate, expiry=expiry)
            came = f"{match.record.value}"
        except ps.PropstoreError as error:
            came = f"{type(error).__name__}: {error}"
    file.with_suffix(".part").write_text(came)
    file.with_suffix(".part").rename(file)


def hold_the_lock_of_python(root: Path, journal: Path, seconds: float, expiry: float) -> None:
    """Ask for one density, and calculate in one call that lets no other thread run."""
    import ctypes

    def calculate() -> ps.PropertyData:
        Journal(journal).note("one")
        ctypes.PyDLL(None).usleep(int(seconds * 1e6))
        return density()

    with ps.open(root) as store:
        store.compute_once(wanted(), calculate, expiry=expiry)

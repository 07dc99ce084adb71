"""Results in joblib.Memory: a cached function."""

from __future__ import annotations

import joblib

from benchmarks.asking import Asking, Calculation


def density(number: int, calculate: Calculation) -> float:
    """Calculate."""
    return calculate(number)


class JoblibResults(Asking):
    """A function that is cached by its number."""

    name = "joblib.Memory"
    packages = ("joblib",)

    def open(self) -> None:
        memory = joblib.Memory(str(self.directory), verbose=0)
        self.density = memory.cache(density, ignore=["calculate"])

    def ask(self, number: int) -> float:
        return float(self.density(number, self.calculate))

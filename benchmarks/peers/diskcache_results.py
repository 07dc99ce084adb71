"""Results in diskcache: its memoizing decorator, and a lock for each result."""

from __future__ import annotations

import diskcache

from benchmarks.asking import Asking


class DiskcacheMemoize(Asking):
    """A memoized function."""

    name = "diskcache, memoize"
    packages = ("diskcache",)

    def open(self) -> None:
        cache = diskcache.Cache(str(self.directory), eviction_policy="none", size_limit=2**40)
        self.density = cache.memoize(name="density")(self.calculate)

    def ask(self, number: int) -> float:
        return float(self.density(number))


class DiskcacheLock(Asking):
    """A lock of diskcache for each result, which is released by hand if its holder dies."""

    name = "diskcache, a Lock each"
    packages = ("diskcache",)

    def open(self) -> None:
        self.cache = diskcache.Cache(str(self.directory), eviction_policy="none", size_limit=2**40)

    def ask(self, number: int) -> float:
        found = self.cache.get(number)
        if found is None:
            with diskcache.Lock(self.cache, ("lock", number)):
                found = self.cache.get(number)
                if found is None:
                    found = self.calculate(number)
                    self.cache[number] = found
        return float(found)

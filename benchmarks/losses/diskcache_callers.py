"""A function that is cached by diskcache, called by many who find the cache empty."""

import time

from diskcache import Cache

from benchmarks.losses.beginning import began

folder, _ = began()
cache = Cache(folder / "cache")


@cache.memoize()
def calculate(temperature: float) -> float:
    """Leave a line, and take a while."""
    with (folder / "calculations").open("a") as stream:
        stream.write("computed\n")
    time.sleep(0.5)
    return 1000.0 - temperature


print(calculate(298.15))

"""A function that is cached by joblib.Memory, called by many who find the cache empty."""

import time
from pathlib import Path

from joblib import Memory

from benchmarks.losses.beginning import began


def calculate(folder: str, temperature: float) -> float:
    """Leave a line, and take a while."""
    with (Path(folder) / "calculations").open("a") as stream:
        stream.write("computed\n")
    time.sleep(0.5)
    return 1000.0 - temperature


if __name__ == "__main__":
    folder, _ = began()
    memory = Memory(folder / "cache", verbose=0)
    print(memory.cache(calculate)(str(folder), 298.15))

"""Eight threads that store the same hundred records."""

from concurrent.futures import ThreadPoolExecutor

import propstore as ps
from benchmarks.losses.beginning import began
from propstore.testing.samples import density

folder, _ = began()
with ps.open(folder / "store") as store, ThreadPoolExecutor(8) as threads:

    def store_all(_: int) -> None:
        """Store what the other threads store too."""
        for i in range(100):
            store.store_object(density(f"{300 + i / 10} K"))

    list(threads.map(store_all, range(8)))
    print(len(store))

"""Fifty records of one's own, stored beside others who do the same."""

import propstore as ps
from benchmarks.losses.beginning import began
from propstore.testing.samples import density

folder, number = began()
with ps.open(folder / "store") as store:
    for i in range(50):
        print(store.store_object(density(f"{300 + 100 * number + i / 10} K")), flush=True)

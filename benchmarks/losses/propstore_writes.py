"""Fifty versions of one record that others store versions of."""

import propstore as ps
from benchmarks.losses.beginning import began
from propstore.testing.samples import viscosity

folder, number = began()
with ps.open(folder / "store") as store:
    for i in range(50):
        store.store_object(viscosity(samples=8 * i + number + 1))
        print(number, i, flush=True)

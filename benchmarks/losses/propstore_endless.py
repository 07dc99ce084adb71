"""Records in a store, written until this process is killed."""

import itertools

import propstore as ps
from benchmarks.losses.beginning import began
from propstore.testing.samples import density

folder, number = began()
with ps.open(folder / "store") as store:
    for i in itertools.count():
        print(store.store_object(density(f"{300 + 1000 * number + i / 10} K")), flush=True)

"""A calculation that propstore does once, asked for by many who find the store empty."""

import time

import propstore as ps
from benchmarks.losses.beginning import began
from propstore.testing.samples import density

folder, _ = began()


def calculate() -> ps.PropertyData:
    """Leave a line, and take a while."""
    with (folder / "calculations").open("a") as stream:
        stream.write("computed\n")
    time.sleep(0.5)
    return density("298.15 K")


asked = ps.PropertyDataQuery(
    substance=density().substance,
    thermodynamic_state=density("298.15 K").thermodynamic_state,
    property_type="Density",
)
with ps.open(folder / "store") as store:
    print(store.compute_once(asked, calculate).record.value)

"""Four processes fill one store with vapour pressures; none computes what another has stored.

The pressures are those of the Antoine equation, log10(p / bar) = A - B / (T / K + C), with the
constants of the NIST Chemistry WebBook.

Run: python examples/workers.py [FOLDER]
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context

import propstore as ps

ANTOINE = {  # SMILES: A, B, C and the temperatures between which they hold
    "O": (5.08354, 1663.125, -45.622, 344, 373),
    "CO": (5.20409, 1581.341, -33.50, 288, 356),
    "CCO": (5.24677, 1598.673, -46.424, 293, 366),
    "c1ccccc1": (4.01814, 1203.835, -53.226, 288, 354),
}


def vapour_pressure(smiles: str, temperature: int) -> ps.PropertyData:
    """Compute the vapour pressure of a substance at a temperature in K."""
    a, b, c, *_ = ANTOINE[smiles]
    return ps.PropertyData(
        property_type="VaporPressure",
        substance=ps.Substance.from_components(smiles),
        thermodynamic_state=ps.ThermodynamicState((temperature, "K")),
        phase="liquid+gas",
        value=(10 ** (a - b / (temperature + c)), "bar"),
        source="Antoine equation, NIST Chemistry WebBook",
    )


def fill(folder: str, smiles: str) -> int:
    """Compute what the store does not have of a substance, and give the number."""
    computed = 0
    *_, low, high = ANTOINE[smiles]
    with ps.open(folder) as store:
        for temperature in range(low, high + 1, 5):
            query = ps.PropertyDataQuery(
                substance=ps.Substance.from_components(smiles),
                thermodynamic_state=ps.ThermodynamicState((temperature, "K")),
                property_type="VaporPressure",
            )
            if not store.query(query):
                store.store_object(vapour_pressure(smiles, temperature))
                computed += 1
    return computed


def main() -> None:
    """Fill the store, and show what boils near 1 bar between 330 K and 360 K."""
    folder = sys.argv[1] if len(sys.argv) > 1 else "vapour-pressures"
    with ps.open(folder) as store:
        with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as workers:
            computed = sum(workers.map(fill, repeat(folder), ANTOINE))
        print(f"{computed} computed now, {len(store)} in {folder}")
        found = store.find(
            ps.PropertyData,
            ps.field("property_type") == "VaporPressure",
            ps.field("value").between("0.8 bar", "1.2 bar"),
            ps.field("thermodynamic_state.temperature").between("330 K", "360 K"),
        )
        for _, record, _ in found.order_by("thermodynamic_state.temperature").order_by("value"):
            state = record.thermodynamic_state
            print(f"{record.substance!s:10} {state.temperature}  {record.value.value:.3f} bar")


if __name__ == "__main__":
    main()

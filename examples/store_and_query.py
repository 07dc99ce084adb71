"""Store a measured density with its file, find it again, and see that it is kept once.

Run: python examples/store_and_query.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import propstore as ps

ETHANOL_AND_WATER = ps.Substance({"CCO": 0.2, "O": 0.8})


def measured_density() -> ps.PropertyData:
    """Give what is in the lab book."""
    return ps.PropertyData(
        property_type="Density",
        substance=ETHANOL_AND_WATER,
        thermodynamic_state=ps.ThermodynamicState("25 degC", "1 atm"),
        phase="liquid",
        value="0.9314 g/ml",
        uncertainty="0.0002 g/ml",
        source="lab book 7, page 12",
    )


def main() -> None:
    """Store, find, ask."""
    with TemporaryDirectory() as folder, ps.open(Path(folder) / "results") as store:
        run = Path(folder) / "run"
        run.mkdir()
        (run / "densimeter.csv").write_text("time/s,density/(g/ml)\n0,0.9313\n60,0.9315\n")

        key = store.store_object(measured_density(), run, tags={"project": "mixtures"})
        again = store.store_object(measured_density())
        print(f"stored under {key}; stored again: {'the same key' if again == key else again}")

        # By conditions: any temperature unit, a window of the composition, a tag.
        found = store.find(
            ps.PropertyData,
            ps.field("thermodynamic_state.temperature").between("290 K", "310 K"),
            ps.mole_fraction("CCO", 0.1, 0.3),
            ps.field("tags.project") == "mixtures",
        )
        for match in found:
            print(match.record.value, match.record.source, sorted(match.path.iterdir()))
        print(found.explain())

        # By a data query: what was asked for, and the records that answer it.
        query = ps.PropertyDataQuery(substance=ETHANOL_AND_WATER, property_type="Density")
        for (substance, property_type), matches in store.query(query).items():
            print(f"{property_type} of {substance}: {len(matches)} record")


if __name__ == "__main__":
    main()

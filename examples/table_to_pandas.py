"""Import a property table in CSV, and work on what was found with pandas.

The columns are those of OpenFF Evaluator's ``PhysicalPropertyDataSet.to_pandas()``; see
docs/import-export.md. Needs pandas: pip install 'propstore[pandas]'.

Run: python examples/table_to_pandas.py [TABLE.csv]
"""

import sys
from pathlib import Path

import numpy as np

import propstore as ps
from propstore.interchange import import_table

TABLE = Path(__file__).with_name("densities.csv")


def main() -> None:
    """Give the thermal expansion of every pure liquid that the table has a density series of."""
    table = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    with ps.open("memory:") as store:
        print(import_table(store, table).summary())
        densities = store.find(
            ps.PropertyData,
            ps.field("property_type") == "Density",
            ps.field("phase") == "liquid",
            ps.component_count(1),
        )
        frame = densities.to_pandas()
    for smiles, series in frame.groupby("Component 1"):
        if series["Temperature (K)"].nunique() < 3:
            continue
        slope, _ = np.polyfit(
            series["Temperature (K)"], np.log(series["Density Value (g / ml)"]), 1
        )
        print(f"{smiles:12} {len(series)} densities, expansion {-slope * 1e3:.2f}e-3 / K")


if __name__ == "__main__":
    main()

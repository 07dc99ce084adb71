"""What partitions of 10^8 and 10^9 records would be like: a simulation, not a measurement.

::

    python benchmarks/partitions.py [--catalog-bytes 1050] [--snapshot-bytes 120]

The records of a collection are not spread evenly over its substances: here the substance of rank r
has records in proportion to 1 / sqrt(r), as in `propstore.testing.generator`. A substance goes to
a partition by its identity, which is a digest, so at random. The simulation draws such partitions
and tells how even they are; sizes are the bytes of a record, as measured, times their number.
"""

from __future__ import annotations

import argparse

import numpy as np

REPEATS = 20
SUBSTANCES = (10_000, 100_000, 1_000_000)
PARTITIONS = (16, 64, 256)


def largest_share(substances: int, partitions: int, chance: np.random.Generator) -> float:
    """Give how many times the mean the largest partition is, at the median of many drawings."""
    weights = 1.0 / np.sqrt(np.arange(1, substances + 1))
    drawn = []
    for _ in range(REPEATS):
        places = chance.integers(partitions, size=substances)
        sizes = np.bincount(places, weights=weights, minlength=partitions)
        drawn.append(sizes.max() / sizes.mean())
    return float(np.median(drawn))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--catalog-bytes", type=float, default=1050.0, help="a record in a catalog")
    parser.add_argument("--snapshot-bytes", type=float, default=120.0, help="a row in a snapshot")
    arguments = parser.parse_args()
    chance = np.random.default_rng(0)
    print("The largest partition, in times of the mean:\n")
    print(f"| substances | {' | '.join(f'{number} partitions' for number in PARTITIONS)} |")
    print(f"| ---: |{' ---: |' * len(PARTITIONS)}")
    for substances in SUBSTANCES:
        shares = [largest_share(substances, number, chance) for number in PARTITIONS]
        print(f"| {substances:,} | {' | '.join(f'{share:.2f}' for share in shares)} |")
    print("\n| records | catalog (GB) | snapshot (GB) | records in one of 64 | in one of 256 |")
    print("| ---: |" + " ---: |" * 4)
    for records in (10**6, 10**7, 10**8, 10**9):
        catalog = records * arguments.catalog_bytes / 1e9
        snapshot = records * arguments.snapshot_bytes / 1e9
        print(
            f"| {records:,} | {catalog:,.1f} | {snapshot:,.2f} | {records / 64:,.0f} "
            f"| {records / 256:,.0f} |"
        )


if __name__ == "__main__":
    main()

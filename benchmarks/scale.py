"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LARGE", "ORDINARY", "QUICK", "Scale"]

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    Attributes
    ----------
    name
        What it is called.
    records
        How many records the stores have.
    calls
        How often each operation is timed, for each contender.
    patience
        Seconds after which a contender is asked for one operation no more.
    filling
        Seconds that a contender may take to be filled with records; one that would take longer is
        measured as far as it came.
    processes, results, calculation
        How many processes ask for how many results, that take so many seconds each.
    texts
        How many small texts are archived.
    archived
        Bytes of the file that is archived alone.
    large_file
        Bytes of the large file of a record.
    frames
        Frames of a trajectory of 1,000 atoms.
    objects
        Numbers of nested records in an object.
    arrays
        Bytes of the arrays in an object.
    listed
        Records in the store that ``propstore ls`` lists.
    repeats
        How often files and objects are written, and programs are started.
    """

    name: str
    records: tuple[int, ...]
    calls: int
    patience: float
    filling: float
    processes: int
    results: int
    calculation: float
    texts: int
    archived: int
    large_file: int
    frames: int
    objects: tuple[int, ...]
    arrays: int
    listed: int
    repeats: int


ORDINARY = Scale(
    name="ordinary",
    records=(1_000, 10_000, 100_000),
    calls=100,
    patience=1.5,
    filling=60.0,
    processes=16,
    results=100,
    calculation=0.05,
    texts=1_000,
    archived=100 * MEGABYTE,
    large_file=1_000 * MEGABYTE,
    frames=10_000,
    objects=(10, 1_000, 20_000),
    arrays=80 * MEGABYTE,
    listed=100_000,
    repeats=5,
)
LARGE = Scale(
    name="large",
    records=(1_000, 10_000, 100_000, 1_000_000),
    calls=200,
    patience=5.0,
    filling=300.0,
    processes=16,
    results=100,
    calculation=0.05,
    texts=1_000,
    archived=100 * MEGABYTE,
    large_file=1_000 * MEGABYTE,
    frames=10_000,
    objects=(10, 1_000, 20_000),
    arrays=80 * MEGABYTE,
    listed=100_000,
    repeats=5,
)
QUICK = Scale(
    name="quick",
    records=(1_000,),
    calls=20,
    patience=0.2,
    filling=20.0,
    processes=4,
    results=20,
    calculation=0.02,
    texts=200,
    archived=5 * MEGABYTE,
    large_file=5 * MEGABYTE,
    frames=500,
    objects=(10, 1_000),
    arrays=4 * MEGABYTE,
    listed=1_000,
    repeats=2,
)

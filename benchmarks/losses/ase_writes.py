"""Rows in a database of ase.db, written until this process is killed."""

import itertools

from ase import Atoms
from ase.db import connect

from benchmarks.losses.beginning import began

folder, number = began()
database = connect(folder / "records.db")
for i in itertools.count():
    database.write(Atoms("Ar"), temperature=300.0 + i)
    print(number, i, flush=True)

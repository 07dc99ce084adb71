"""Fifty entries in a document of signac that others write to."""

import signac

from benchmarks.losses.beginning import began

folder, number = began()
job = signac.get_project(folder).open_job({"substance": "O"})
for i in range(50):
    job.document[f"density_{number}_{i}"] = 1000.0 - i
    print(number, i, flush=True)

"""Results in signac: in the document of a job."""

from __future__ import annotations

from pathlib import Path

import signac

from benchmarks.asking import Asking


class SignacResults(Asking):
    """A job for each result, which is calculated if its document does not have it."""

    name = "signac"
    packages = ("signac",)

    @classmethod
    def prepare(cls, directory: Path) -> None:
        signac.init_project(str(directory))

    def open(self) -> None:
        self.project = signac.get_project(str(self.directory))

    def ask(self, number: int) -> float:
        job = self.project.open_job({"number": number}).init()
        if "density" not in job.document:
            job.document["density"] = self.calculate(number)
        return float(job.document["density"])

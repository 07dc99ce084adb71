"""Files in signac: in the directory of a job."""

from __future__ import annotations

import shutil
from pathlib import Path

import signac

from benchmarks.keeping import Keeping, files_of


class SignacFiles(Keeping):
    """A job for each directory."""

    name = "signac"
    packages = ("signac",)
    note = "neither digested nor synced."

    def open(self) -> None:
        self.project = signac.init_project(str(self.directory))

    def close(self) -> None:
        """Leave it: nothing is open."""

    def keep(self, source: Path, number: int) -> None:
        job = self.project.open_job({"number": number}).init()
        shutil.copytree(source, job.fn("files"))

    def read(self, number: int) -> dict[str, bytes]:
        return files_of(Path(self.project.open_job({"number": number}).fn("files")))

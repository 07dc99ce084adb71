"""Files by the commands that are at hand."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path
from typing import ClassVar

from benchmarks.keeping import Keeping, files_of


class Copy(Keeping):
    """``cp -r``."""

    name = "cp -r"
    note = "neither digested nor synced."
    command: ClassVar[str] = 'cp -r "$1" "$2"'

    def open(self) -> None:
        """Leave it: there is nothing to begin."""

    def close(self) -> None:
        """Leave it: nothing is open."""

    def keep(self, source: Path, number: int) -> None:
        arguments = ["sh", "-c", self.command, "sh", str(source), str(self.directory / str(number))]
        subprocess.run(arguments, check=True)

    def read(self, number: int) -> dict[str, bytes]:
        return files_of(self.directory / str(number))


class CopyAndDigest(Copy):
    """``cp -r`` and ``sha256sum``."""

    name = "cp -r, sha256sum"
    note = "digested and not synced."
    command = f'{Copy.command} && find "$2" -type f -exec sha256sum {{}} + > "$2.sha256"'


class CopyAndSync(Copy):
    """``cp -r`` and ``sha256sum``, and then ``sync``: what is kept survives a power cut."""

    name = "cp -r, sha256sum, sync"
    note = "digested, and synced."
    command = f'{CopyAndDigest.command} && sync -f "$2"'


class Tar(Keeping):
    """``tar``, not compressed."""

    name = "tar"
    note = "neither digested nor synced."

    def open(self) -> None:
        """Leave it: there is nothing to begin."""

    def close(self) -> None:
        """Leave it: nothing is open."""

    def keep(self, source: Path, number: int) -> None:
        archive = str(self.directory / f"{number}.tar")
        subprocess.run(["tar", "-cf", archive, "-C", str(source), "."], check=True)

    def read(self, number: int) -> dict[str, bytes]:
        found = {}
        with tarfile.open(self.directory / f"{number}.tar") as archive:
            for member in archive:
                stream = archive.extractfile(member)
                if stream is not None:
                    found[member.name.removeprefix("./")] = stream.read()
        return found

"""Files in disk-objectstore, written to packs; a dictionary tells which file is which object."""

from __future__ import annotations

from pathlib import Path

from disk_objectstore import Container
from disk_objectstore.utils import LazyOpener

from benchmarks.keeping import Keeping


class DiskObjectstoreFiles(Keeping):
    """A container."""

    name = "disk-objectstore"
    packages = ("disk_objectstore",)
    note = "digested, and synced; the names of the files are in no container."

    def open(self) -> None:
        self.container = Container(self.directory / "container")
        self.container.init_container()
        self.objects: dict[int, dict[str, str]] = {}

    def close(self) -> None:
        self.container.close()

    def keep(self, source: Path, number: int) -> None:
        paths = sorted(path for path in source.rglob("*") if path.is_file())
        keys = self.container.add_streamed_objects_to_pack(
            [LazyOpener(path) for path in paths], open_streams=True
        )
        names = [path.relative_to(source).as_posix() for path in paths]
        self.objects[number] = dict(zip(names, keys, strict=True))

    def read(self, number: int) -> dict[str, bytes]:
        objects = self.objects[number]
        contents = self.container.get_objects_content(list(objects.values()))
        return {name: contents[key] or b"" for name, key in objects.items()}

"""What a user hands over as a record's files: looked through before anything is stored."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from propstore.errors import AncillaryDataError

__all__ = ["SourceDirectory", "SourceFile"]


@dataclass(frozen=True)
class SourceFile:
    """A file of a source directory.

    Attributes
    ----------
    name
        Its path inside the directory, with ``/`` between the parts.
    path
        Where its content is; for a link, that is what it leads to.
    is_link
        Whether it is a symbolic link.
    """

    name: str
    path: Path
    is_link: bool


@dataclass(frozen=True)
class SourceDirectory:
    """A directory whose files can all be stored.

    Attributes
    ----------
    path
        The directory.
    files
        Its files, in the order of their names.
    directories
        Its subdirectories, each before those inside it.
    added
        Another directory, if its files and subdirectories were added.
    """

    path: Path
    files: tuple[SourceFile, ...]
    directories: tuple[str, ...]
    added: Path | None = None

    @property
    def has_links(self) -> bool:
        """Whether a file is a symbolic link, which means nothing elsewhere."""
        return any(file.is_link for file in self.files)

    @classmethod
    def scan(cls, path: str | os.PathLike[str]) -> SourceDirectory:
        """Look through a directory.

        Raises
        ------
        AncillaryDataError
            If it is not a directory, or something in it is neither a file nor a directory nor a
            link to a file inside it.
        """
        root = Path(path)
        if not root.is_dir():
            what = "does not exist" if not root.exists() else "is not a directory"
            raise AncillaryDataError(f"{str(root)!r} {what}; a record's files are a directory.")
        root = root.resolve()
        files: list[SourceFile] = []
        directories: list[str] = []
        for entry, name in _walk(root, ""):
            if entry.is_symlink():
                files.append(SourceFile(name, _link_target(entry, root), is_link=True))
            elif entry.is_dir(follow_symlinks=False):
                directories.append(name)
            elif entry.is_file(follow_symlinks=False):
                files.append(SourceFile(name, Path(entry.path), is_link=False))
            else:
                kind = _kind(entry.stat(follow_symlinks=False).st_mode)
                raise AncillaryDataError(f"{entry.path!r} is {kind}; only files can be stored.")
        return cls(root, tuple(sorted(files, key=lambda file: file.name)), tuple(directories))

    def joined(self, other: SourceDirectory) -> SourceDirectory:
        """Add the files and subdirectories of another directory.

        Raises
        ------
        AncillaryDataError
            If both have something of one name that is not a directory in both.
        """
        own, others = ({file.name for file in one.files} for one in (self, other))
        clashes = own & (others | set(other.directories)) | others & set(self.directories)
        if clashes:
            raise AncillaryDataError(
                f"{str(self.path)!r} has {min(clashes)!r}, and this name is kept for the record's "
                "own fields; give the file another."
            )
        files = sorted((*self.files, *other.files), key=lambda file: file.name)
        directories = dict.fromkeys((*self.directories, *other.directories))
        return SourceDirectory(self.path, tuple(files), tuple(directories), added=other.path)

    def subdirectory(self, name: str) -> Path:
        """Give where a subdirectory is."""
        own = self.path / name
        return own if self.added is None or own.is_dir() else self.added / name


def _walk(directory: Path, prefix: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    try:
        with os.scandir(directory) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise AncillaryDataError(f"{str(directory)!r} can't be read: {error}") from error
    for entry in found:
        name = prefix + entry.name
        yield entry, name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{name}/")


def _link_target(entry: os.DirEntry[str], root: Path) -> Path:
    try:
        target = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise AncillaryDataError(f"{entry.path!r} is a link that leads nowhere.") from error
    if not target.is_relative_to(root):
        raise AncillaryDataError(f"{entry.path!r} is a link that leads out of {str(root)!r}.")
    if not target.is_file():
        raise AncillaryDataError(
            f"{entry.path!r} is a link to something that is not a file; only links to files inside "
            "the directory can be stored."
        )
    return target


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISSOCK, "a socket"), (stat.S_ISFIFO, "a pipe"))
    return next((name for is_kind, name in kinds if is_kind(mode)), "a device")

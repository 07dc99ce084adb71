"""Folders with checksums, as BagIt (RFC 8493) has them: libraries and archives read such bags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from propstore.errors import InterchangeError
from propstore.external.digest import digest_path, is_digest
from propstore.model.validation import shown

__all__ = ["DECLARATION", "PAYLOAD", "check_bag", "complete_bag"]

DECLARATION = "bagit.txt"
PAYLOAD = "data"

_VERSION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_MANIFEST = "manifest-sha256.txt"
_TAG_MANIFEST = "tagmanifest-sha256.txt"
_ESCAPES = {"%": "%25", "\n": "%0A", "\r": "%0D"}
_SHOWN = 20  # faults in an error


def complete_bag(directory: Path, information: Mapping[str, str]) -> None:
    """Make a bag of a directory that has its payload, and what else belongs into it.

    Parameters
    ----------
    directory : Path
        The directory.
    information : mapping
        What ``bag-info.txt`` is to say, one line each.

    Raises
    ------
    OSError
        If a file can't be read or written.
    """
    lines = [f"{label}: {' '.join(text.split())}\n" for label, text in information.items()]
    _write(directory / DECLARATION, [_VERSION])
    _write(directory / "bag-info.txt", lines)
    payload = [path for path in _files(directory) if _is_payload(path, directory)]
    _write(directory / _MANIFEST, [_line(path, directory) for path in payload])
    tags = [path for path in _files(directory) if not _is_payload(path, directory)]
    _write(directory / _TAG_MANIFEST, [_line(path, directory) for path in tags])


def check_bag(directory: Path) -> None:
    """Check that all files of a bag are there and as they were, and no others.

    Raises
    ------
    InterchangeError
        If it is no bag, or not as it was; the message lists what is wrong.
    """
    if not (directory / DECLARATION).is_file():
        raise InterchangeError(f"{str(directory)!r} is no collection: it has no {DECLARATION}")
    listed = {**_listed(directory / _MANIFEST), **_listed(directory / _TAG_MANIFEST)}
    there = {_name(path, directory): path for path in _files(directory)}
    there.pop(_TAG_MANIFEST, None)
    faults = [f"{name} is missing" for name in listed.keys() - there.keys()]
    faults += [f"{name} is not in the manifest" for name in there.keys() - listed.keys()]
    faults += [
        f"{name} was changed"
        for name in listed.keys() & there.keys()
        if digest_path(there[name]).digest != listed[name]
    ]
    if faults:
        shown = sorted(faults)[:_SHOWN]
        raise InterchangeError(
            f"{str(directory)!r} is not what was exported: {len(faults)} "
            f"fault{'' if len(faults) == 1 else 's'}\n  " + "\n  ".join(shown)
        )


def _listed(manifest: Path) -> dict[str, str]:
    """Read a manifest: digests by the names of files."""
    listed: dict[str, str] = {}
    try:
        text = manifest.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise InterchangeError(f"{str(manifest)!r} can't be read: {error.strerror}") from error
    for line in text.split("\n"):
        if line:
            digest, _, name = line.partition(" ")
            if not is_digest(digest.lower()) or not name:
                raise InterchangeError(
                    f"{str(manifest)!r} has a line that is no checksum and name: {shown(line)}"
                )
            listed[_unescaped(name.lstrip(" *"))] = digest.lower()
    return listed


def _line(path: Path, directory: Path) -> str:
    name = "".join(_ESCAPES.get(character, character) for character in _name(path, directory))
    return f"{digest_path(path).digest}  {name}\n"


def _unescaped(name: str) -> str:
    for character, escape in reversed(_ESCAPES.items()):
        name = name.replace(escape, character)
    return name


def _files(directory: Path) -> Iterator[Path]:
    found = (path for path in directory.rglob("*") if path.is_symlink() or path.is_file())
    for path in sorted(found):
        if path.is_symlink():
            raise InterchangeError(f"{str(path)!r} is a link, which a collection has none of")
        yield path


def _is_payload(path: Path, directory: Path) -> bool:
    return path.relative_to(directory).parts[0] == PAYLOAD


def _name(path: Path, directory: Path) -> str:
    return path.relative_to(directory).as_posix()


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("".join(lines), encoding="utf-8", errors="surrogateescape", newline="")

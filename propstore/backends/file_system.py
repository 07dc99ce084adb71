"""Which file system a folder is on, and whether locks keep several machines apart there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FileSystem", "file_system_of"]

MOUNTS = Path("/proc/self/mounts")

# Those that several machines share and whose POSIX locks hold among all of them, with what the
# options of a mount have to have, and what they must not have, for that.
_WITH_LOCKS = {
    "nfs4": ((), ("nolock", "local_lock=all", "local_lock=posix")),
    "lustre": (("flock",), ()),
    "gpfs": ((), ()),
    "ceph": ((), ()),
}

_WITHOUT_LOCKS = {
    *("9p", "afs", "beegfs", "cifs", "coda", "davfs", "ncpfs", "nfs", "ocfs2", "orangefs"),
    *("pvfs2", "smb3", "smbfs", "vboxsf"),
    *(f"fuse.{name}" for name in ("ceph", "ceph-fuse", "davfs2", "gcsfuse", "glusterfs", "goofys")),
    *(f"fuse.{name}" for name in ("juicefs", "mountpoint-s3", "rclone", "s3fs", "sshfs")),
    "fuse.vmhgfs-fuse",
}


@dataclass(frozen=True)
class FileSystem:
    """A file system, as it is mounted.

    Attributes
    ----------
    kind
        Its type, as the system calls it: ``"ext4"``, ``"nfs4"``, ...; empty if it is not known.
    mount_point
        Where it is mounted.
    options
        The options of the mount.
    """

    kind: str
    mount_point: str = "/"
    options: tuple[str, ...] = ()

    @property
    def is_network(self) -> bool:
        """Whether several machines may share it."""
        return self.kind in _WITH_LOCKS or self.kind in _WITHOUT_LOCKS

    @property
    def has_locks(self) -> bool:
        """Whether the locks of one machine are known to all that share it."""
        if not self.is_network:
            return True
        if self.kind not in _WITH_LOCKS:
            return False
        needed, harmful = _WITH_LOCKS[self.kind]
        options = set(self.options)
        return options.issuperset(needed) and options.isdisjoint(harmful)

    def __str__(self) -> str:
        return f"{self.kind} at {self.mount_point}"


def file_system_of(path: Path, mounts: str | None = None) -> FileSystem:
    """Find the file system that a path is on, whether there is something at the path or not.

    Parameters
    ----------
    path
        The path.
    mounts
        The table of what is mounted, as ``/proc/mounts`` has it: that of this process if left out.
        Where the system has no such table, nothing is known, and the disk is taken for a local one.
    """
    if mounts is None:
        mounts = MOUNTS.read_text(errors="surrogateescape") if MOUNTS.exists() else ""
    place, found = path.resolve(), FileSystem("")
    for line in filter(None, mounts.splitlines()):
        _, mount_point, kind, options, *_ = line.split(" ")
        directory = Path(_unescaped(mount_point))
        # What is mounted later at the same place hides what was there.
        is_nearer = len(directory.parts) >= len(Path(found.mount_point).parts)
        if is_nearer and place.is_relative_to(directory):
            found = FileSystem(kind, str(directory), tuple(options.split(",")))
    return found


def _unescaped(text: str) -> str:
    """Undo how the table writes blanks, tabs, newlines and backslashes."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)

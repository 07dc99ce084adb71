"""The attributes by which an archive says what it holds."""

from __future__ import annotations

__all__ = [
    "ARCHIVE_FORMAT",
    "ARCHIVE_NOTE",
    "ARRAY_FILE",
    "ARRAY_MEMBER",
    "ARRAY_OFFSET",
    "BYTES_CHUNK",
    "CURRENT_FORMAT",
    "DIRECTORY_MODE",
    "DIRECTORY_MODIFIED",
    "DIRECTORY_NAME",
    "FILE_MODE",
    "FILE_MODIFIED",
    "FILE_NAME",
    "FILE_SHA256",
    "FILE_SIZE",
    "FILE_STORED_SIZE",
    "NOTE",
    "NUMPY_DTYPE",
]

# Of the whole archive: the root group.
ARCHIVE_FORMAT = "propstore_archive"
CURRENT_FORMAT = 1
ARCHIVE_NOTE = "propstore_note"
NOTE = (
    "Folders are groups. A variable with file_name holds the bytes of files, one file after the "
    "other, of each as many as file_stored_size says. If a variable has array_offset, its values "
    "are further bytes of array_file, which belong there. Names are percent-encoded."
)

# Of a folder: a group. Names are percent-encoded where they are not printable UTF-8.
DIRECTORY_NAME = "directory_name"
DIRECTORY_MODE = "directory_mode"
DIRECTORY_MODIFIED = "directory_modified"  # nanoseconds since 1970-01-01 UTC

# Of a byte variable, which holds one or more files, one after the other: one element for each.
FILE_NAME = "file_name"
FILE_SIZE = "file_size"  # bytes of the file
FILE_STORED_SIZE = "file_stored_size"  # bytes of it in this variable; the rest is in arrays
FILE_SHA256 = "file_sha256"
FILE_MODE = "file_mode"
FILE_MODIFIED = "file_modified"  # nanoseconds since 1970-01-01 UTC

# Of an array's variable.
ARRAY_FILE = "array_file"  # the file of this group that the array is from
ARRAY_MEMBER = "array_member"  # its name in that file, if it is an .npz
ARRAY_OFFSET = "array_offset"  # where in the file its bytes stand, if they are held here only
NUMPY_DTYPE = "numpy_dtype"

BYTES_CHUNK = 256 * 1024  # bytes in a chunk of a byte variable

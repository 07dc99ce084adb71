"""The JSON document of a value, in a netCDF file.

A large one is a variable of characters, and its pool one of bytes. A small one and its pool are in
an attribute of the group (see `SmallValues`) or, where that has no room, attributes of a variable
without axes: to find and read two variables more takes longer than all else that is done for it.

Neither is a netCDF string: HDF5 2.2 crashes in a process that reads strings of variable length from
a file which it has opened twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from propstore.objects.groups.netcdf_small_values import ascii_document
from propstore.objects.netcdf.encoding import Encoding
from propstore.objects.values import FreshValue

if TYPE_CHECKING:
    import netCDF4
    import numpy

__all__ = [
    "document_of",
    "pool_of",
    "remove_small",
    "small_size",
    "text_array",
    "text_encoding",
    "write_small",
]

_DOCUMENT = "document"
_POOL = "pool"


def write_small(variable: netCDF4.Variable[Any], packed: FreshValue) -> None:
    """Write a small document, and its pool."""
    import numpy

    remove_small(variable)
    variable.setncattr(_DOCUMENT, ascii_document(packed))
    if packed.data:
        variable.setncattr(_POOL, numpy.frombuffer(packed.data, "u1"))


def remove_small(variable: netCDF4.Variable[Any]) -> None:
    """Remove a small document, and its pool, if they are there."""
    for name in {_DOCUMENT, _POOL}.intersection(variable.ncattrs()):
        variable.delncattr(name)


def small_size(variable: netCDF4.Variable[Any]) -> int:
    """Give the bytes of a small document and its pool; 0 for variables of everything else."""
    names = {_DOCUMENT, _POOL}.intersection(variable.ncattrs())
    return sum(len(_attribute_bytes(variable, name)) for name in names)


def text_encoding() -> Encoding:
    """Tell how a large document is held."""
    import numpy

    character = numpy.dtype("S1")
    return Encoding(character, character, attributes={"_Encoding": "utf-8"})


def text_array(text: str) -> numpy.ndarray[Any, Any]:
    """Give a large document as characters."""
    import numpy

    return numpy.frombuffer(text.encode(), "S1")


def document_of(variable: netCDF4.Variable[Any]) -> str:
    """Read the document of the variable of a value.

    Raises
    ------
    UnicodeDecodeError
        If it was damaged.
    """
    if _DOCUMENT in variable.ncattrs():
        return str(variable.getncattr(_DOCUMENT))
    data: bytes = variable[...].tobytes()
    return data.decode()


def pool_of(variable: netCDF4.Variable[Any]) -> bytes:
    """Read the pool of a small document; empty if there is none."""
    return _attribute_bytes(variable, _POOL) if _POOL in variable.ncattrs() else b""


def _attribute_bytes(variable: netCDF4.Variable[Any], name: str) -> bytes:
    value: Any = variable.getncattr(name)
    data: bytes = value.encode() if isinstance(value, str) else value.tobytes()
    return data

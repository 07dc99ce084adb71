"""A record's files and arrays as one netCDF-4 file that can be read without propstore."""

from propstore.ancillary.manifest import FileEntry
from propstore.ancillary.netcdf.archive import NetCDFArchive
from propstore.ancillary.netcdf.group_writer import Compression
from propstore.ancillary.netcdf.lazy_array import LazyArray
from propstore.ancillary.netcdf.writer import write_archive

__all__ = ["Compression", "FileEntry", "LazyArray", "NetCDFArchive", "write_archive"]

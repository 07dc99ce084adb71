"""Numpy arrays as netCDF variables, and the lock that everyone who calls netCDF shares."""

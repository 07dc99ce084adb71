"""One short program for each tool, which does what its own documentation shows.

Each is run as ``python -m benchmarks.losses.NAME FOLDER NUMBER`` by many processes at once. It
writes a line for everything that the tool has acknowledged.
"""

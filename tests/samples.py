"""Records that many tests use: those of the shipped suite."""

from propstore.testing.samples import (
    AQUEOUS_ETHANOL,
    ETHANOL,
    LYSOZYME,
    WATER,
    box,
    box_files,
    density,
)

__all__ = ["AQUEOUS_ETHANOL", "ETHANOL", "LYSOZYME", "WATER", "box", "box_files", "density"]

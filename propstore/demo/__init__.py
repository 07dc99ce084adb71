"""A demonstration: four processes share the work on one store, and CoolProp does it."""

from propstore.demo.calculation import Calculation, all_calculations
from propstore.demo.fluids import FLUIDS, Fluid
from propstore.demo.workers import WORKERS, Tally, run_workers

__all__ = ["FLUIDS", "WORKERS", "Calculation", "Fluid", "Tally", "all_calculations", "run_workers"]

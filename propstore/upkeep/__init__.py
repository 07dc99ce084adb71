"""Keeping a store sound: verified, repaired, tidy, and backed up."""

from propstore.upkeep.backup import BackedUp, back_up, restore_backup
from propstore.upkeep.collection import Fate, Leftover, collect_leftovers
from propstore.upkeep.remedy import Remedy
from propstore.upkeep.repair import repair_store
from propstore.upkeep.verification import Fault, verify_store

__all__ = [
    "BackedUp",
    "Fate",
    "Fault",
    "Leftover",
    "Remedy",
    "back_up",
    "collect_leftovers",
    "repair_store",
    "restore_backup",
    "verify_store",
]

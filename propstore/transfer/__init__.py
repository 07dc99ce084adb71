"""Bringing the records of one store to another, and telling in what two stores differ."""

from propstore.transfer.comparison import differences
from propstore.transfer.report import Conflict, StoreDifference, TransferReport
from propstore.transfer.store import Change, Kept, SourceStore, TargetStore
from propstore.transfer.stores import compare_stores
from propstore.transfer.update import update

__all__ = [
    "Change",
    "Conflict",
    "Kept",
    "SourceStore",
    "StoreDifference",
    "TargetStore",
    "TransferReport",
    "compare_stores",
    "differences",
    "update",
]

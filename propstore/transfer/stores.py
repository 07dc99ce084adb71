"""In what two stores differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from propstore.model.stored_data import StoredData
from propstore.query.search import Search
from propstore.transfer.comparison import differences
from propstore.transfer.report import StoreDifference
from propstore.transfer.store import Kept, SourceStore

__all__ = ["compare_stores", "counterparts"]

BLOCK_SIZE = 100
"""How many records are compared at once; with more, memory is reused less, and it is slower."""


def compare_stores(
    first: SourceStore, second: SourceStore, progress: Callable[[int], None]
) -> Iterator[StoreDifference]:
    """Give the records in which two stores differ, those of the first store first.

    Parameters
    ----------
    first, second
        The stores.
    progress
        Called after every record of each with the number of those that are done.
    """
    done = 0
    for block in _blocks(first.search(Search(StoredData))):
        for kept, other in zip(block, counterparts(second, block), strict=True):
            if other is None:
                yield StoreDifference("only in the first", kept.key)
            elif reason := differences(kept.record, kept.path, other.record, other.path):
                yield StoreDifference("different", kept.key, reason)
            done += 1
            progress(done)
    for block in _blocks(second.search(Search(StoredData))):
        for kept, other in zip(block, counterparts(first, block), strict=True):
            if other is None:
                yield StoreDifference("only in the second", kept.key)
            done += 1
            progress(done)


def counterparts(store: SourceStore, block: Sequence[Kept]) -> list[Kept | None]:
    """Give what a store has of the same identity as each record, or else under the same key."""
    identities = [kept.record.identity() for kept in block]
    known = store.find_identities([one for one in identities if one is not None])
    keys = [
        kept.key if identity is None else known.get(identity, kept.key)
        for kept, identity in zip(block, identities, strict=True)
    ]
    there = store.retrieve(keys)
    return [there.get(key) for key in keys]


def _blocks(found: Iterable[Kept]) -> Iterator[list[Kept]]:
    rest = iter(found)
    while block := list(islice(rest, BLOCK_SIZE)):
        yield block

"""In what two stores differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from propstore.model.stored_data import StoredData
from propstore.query.search import Search
from propstore.transfer.comparison import differences
from propstore.transfer.report import StoreDifference
from propstore.transfer.store import Kept, SourceStore

__all__ = ["compare_stores", "counterpart"]


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
    for done, kept in enumerate(first.search(Search(StoredData)), start=1):
        other = counterpart(second, kept)
        if other is None:
            yield StoreDifference("only in the first", kept.key)
        else:
            reason = differences(kept.record, kept.path, other.record, other.path)
            if reason:
                yield StoreDifference("different", kept.key, reason)
        progress(done)
    for number, kept in enumerate(second.search(Search(StoredData)), start=done + 1):
        if counterpart(first, kept) is None:
            yield StoreDifference("only in the second", kept.key)
        progress(number)


def counterpart(store: SourceStore, kept: Kept) -> Kept | None:
    """Give what a store has of the same identity as a record, or else under the same key."""
    identity = kept.record.identity()
    key = None if identity is None else store.find_identity(identity)
    return store.retrieve(kept.key if key is None else key)

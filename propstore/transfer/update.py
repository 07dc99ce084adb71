"""Bringing records from one store to another: what is there is not copied again."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

from propstore.ancillary import RecordFiles, Staged
from propstore.errors import AncillaryDataError, CorruptRecordError, ExternalResourceError
from propstore.model.stored_data import ReplaceableData, StoredData
from propstore.query.search import Search
from propstore.transfer.comparison import differences, digests
from propstore.transfer.references import texts_of, with_other_texts
from propstore.transfer.report import Conflict, TransferReport
from propstore.transfer.store import Change, Kept, SourceStore, TargetStore
from propstore.transfer.stores import counterparts

__all__ = ["BATCH_SIZE", "FILES_A_BATCH", "update"]

BATCH_SIZE = 1000
"""How many records at most are brought over in one transaction."""

FILES_A_BATCH = 100
"""How many of them may have files, which wait in the staging area for the end of the batch."""

REFERENCES_KNOWN = 1000
"""How many of the records that others refer to are kept in memory."""


def update(
    target: TargetStore,
    source: SourceStore,
    search: Search,
    progress: Callable[[int], None],
) -> TransferReport:
    """Bring the records that a search finds in one store to another, and what they refer to.

    Parameters
    ----------
    target, source
        Where to, and where from.
    search
        Which records.
    progress
        Called after every batch with the number of records that are done.

    Raises
    ------
    CorruptRecordError
        If a record can't be read, or is not there as it was stored.
    AncillaryDataError
        If the files of a record can't be copied, or are not what was stored; it names the record.
    """
    transfer = _Transfer(target, source, search)
    for batch in _batches(source.search(search)):
        transfer.bring(batch)
        progress(transfer.number_done)
    return transfer.report()


def _batches(found: Iterator[Kept]) -> Iterator[list[Kept]]:
    """Gather records until there are enough of them, or enough that have files."""
    batch: list[Kept] = []
    number_with_files = 0
    for kept in found:
        batch.append(kept)
        number_with_files += kept.path is not None
        if len(batch) == BATCH_SIZE or number_with_files == FILES_A_BATCH:
            yield batch
            batch, number_with_files = [], 0
    if batch:
        yield batch


class _Arrival(NamedTuple):
    """A record on its way.

    Attributes
    ----------
    key
        Its key where it comes from.
    record
        The record, which names others by the keys that they have where it goes to.
    path
        Its files where it comes from; None if it has none.
    sha256
        The digests of its files, by their names.
    staged
        The copies of its files; None if none were made.
    """

    key: str
    record: StoredData
    path: Path | RecordFiles | None
    sha256: dict[str, str]
    staged: Any = None

    @property
    def lacks_copies(self) -> bool:
        """Whether it has files that were not copied."""
        return self.path is not None and self.staged is None


class _Decision(NamedTuple):
    """What is to become of a record: what it is counted as, the key where it goes to, and why."""

    outcome: str
    key: str
    reason: str = ""

    @property
    def changes(self) -> bool:
        """Whether the record is to be stored."""
        return self.outcome in ("added", "replaced")


class _Transfer:
    """A transfer between two stores, and what became of the records so far."""

    def __init__(self, target: TargetStore, source: SourceStore, search: Search) -> None:
        self._target = target
        self._source = source
        self._search = search
        self._counts: Counter[str] = Counter()
        self._conflicts: list[Conflict] = []
        self._renamed: dict[str, str] = {}
        self._brought_early: set[str] = set()  # since others refer to them
        self._find_reference = lru_cache(REFERENCES_KNOWN)(
            lambda key: source.retrieve([key]).get(key)
        )

    @property
    def number_done(self) -> int:
        """How many records it is known of what became of them."""
        return self._counts.total() + len(self._conflicts)

    def report(self) -> TransferReport:
        """Say what became of the records."""
        return TransferReport(
            **self._counts, conflicts=tuple(self._conflicts), renamed=tuple(self._renamed.items())
        )

    def bring(self, batch: Iterable[Kept]) -> None:
        """Bring records, and before them those that they refer to."""
        selected = {one.key: one for one in batch if one.key not in self._brought_early}
        for level in self._levels(selected):
            self._bring(level, selected)

    def _levels(self, selected: Mapping[str, Kept]) -> Iterator[list[Kept]]:
        """Give records and those that they refer to, these before those that name them."""
        records = dict(selected)
        unvisited = deque(selected.values())
        named: dict[str, set[str]] = {}
        while unvisited:
            kept = unvisited.popleft()
            referred = self._referred(kept, records)
            named[kept.key] = {one.key for one in referred} - {kept.key}
            for one in referred:
                if one.key not in records:
                    records[one.key] = one
                    unvisited.append(one)
        order = TopologicalSorter(named)
        try:
            order.prepare()
        except CycleError:  # then there is no order in which each comes before who names it
            yield list(records.values())
            return
        while order.is_active():
            ready = order.get_ready()
            yield [records[key] for key in ready]
            order.done(*ready)

    def _referred(self, kept: Kept, known: Mapping[str, Kept]) -> list[Kept]:
        """Give the records that a record names and that have to be brought before it."""
        found = []
        for key in texts_of(kept.record):
            if key in self._brought_early:
                continue
            referred = known.get(key) or self._find_reference(key)
            if referred is None:
                continue
            if key not in known and self._search.accepts(referred.record):
                (there,) = counterparts(self._target, [referred])
                if there is not None:  # it was brought already, or is when the search gives it
                    if there.key != key:
                        self._renamed[key] = there.key
                    continue
            found.append(referred)
        return found

    def _bring(self, level: list[Kept], selected: Mapping[str, Kept]) -> None:
        """Copy the files that are needed, store all in one transaction, and look whether it is."""
        done: list[tuple[_Arrival, _Decision]] = []
        late: list[Kept] = []
        with ExitStack() as stack:
            arrived = [(kept, self._arrive(kept, stack)) for kept in level]
            coming = [(kept, arrival) for kept, arrival in arrived if arrival is not None]
            with self._target.transaction():
                decisions = self._decide([arrival for _, arrival in coming])
                changes = [
                    Change(decision.key, arrival.record, arrival.staged, decision.reason)
                    for (_, arrival), decision in zip(coming, decisions, strict=True)
                    if decision.changes and not arrival.lacks_copies
                ]
                taken = self._target.put(changes)
        for (kept, arrival), decision in zip(coming, decisions, strict=True):
            if decision.changes and (arrival.lacks_copies or decision.key in taken):
                late.append(kept)  # what it was decided by has changed meanwhile
            else:
                done.append((arrival, decision))
        self._verify([(arrival, one.key) for arrival, one in done if one.changes])
        for arrival, decision in done:
            self._note(arrival, decision, is_selected=arrival.key in selected)
        if late:
            self._bring(late, selected)

    def _arrive(self, kept: Kept, stack: ExitStack) -> _Arrival | None:
        """Prepare a record, with copies of its files if it will need them; None if it is gone."""
        record = with_other_texts(kept.record, self._renamed)
        if kept.path is None:
            return _Arrival(kept.key, record, None, {})
        try:
            arrival = _Arrival(kept.key, record, kept.path, digests(kept.path))
            (decision,) = self._decide([arrival])
            if not decision.changes:
                return arrival
            arrival = arrival._replace(staged=stack.enter_context(self._target.staged(kept.path)))
            _check_copies(arrival)
        except (AncillaryDataError, ExternalResourceError, OSError) as error:
            # It may have been removed or replaced since the search found it.
            now = self._source.retrieve([kept.key]).get(kept.key)
            if now is None:
                self._counts["removed"] += 1
                return None
            if str(now.path) == str(kept.path):
                raise AncillaryDataError(
                    f"the files of {kept.key!r} can't be copied: {error}"
                ) from error
            return self._arrive(now, stack)
        return arrival

    def _decide(self, arrivals: Sequence[_Arrival]) -> list[_Decision]:
        """Decide what is to become of records, by what the target has now."""
        there = counterparts(self._target, arrivals)
        return [_decision(*pair) for pair in zip(arrivals, there, strict=True)]

    def _verify(self, stored: Sequence[tuple[_Arrival, str]]) -> None:
        """See that records that were stored are what was brought, to the last file."""
        there = self._target.retrieve([key for _, key in stored])
        for arrival, key in stored:
            if key not in there or not _is_same(arrival, there[key]):
                raise CorruptRecordError(
                    f"{key!r} is not in {self._target!r} as it was stored there: 'propstore diff' "
                    "says in what it differs."
                )

    def _note(self, arrival: _Arrival, decision: _Decision, *, is_selected: bool) -> None:
        """Count what became of a record, once."""
        if decision.key != arrival.key:
            self._renamed[arrival.key] = decision.key
        if not is_selected:
            if not decision.changes and self._search.accepts(arrival.record):
                return  # the search gives it, too, and it is counted then
            self._brought_early.add(arrival.key)
        if decision.outcome == "conflict":
            self._conflicts.append(Conflict(arrival.key, decision.key, decision.reason))
        else:
            self._counts[decision.outcome] += 1


def _decision(arrival: _Arrival, there: Kept | None) -> _Decision:
    if there is None:
        return _Decision("added", arrival.key)
    difference = differences(arrival.record, arrival.path, there.record, there.path)
    if not difference:
        return _Decision("present", there.key)
    better = _better(arrival, there)
    if better is arrival:
        return _Decision("replaced", there.key, f"it has more information: {difference}")
    return _Decision("conflict" if better is None else "outdone", there.key, difference)


def _check_copies(arrival: _Arrival) -> None:
    """Refuse copies that are not what was stored; who copies only later is looked at later."""
    if isinstance(arrival.staged, Staged):
        copied = {entry.name: entry.sha256 for entry in arrival.staged.manifest.files}
        if copied != arrival.sha256:
            raise AncillaryDataError("they have changed since they were stored.")


def _is_same(arrival: _Arrival, there: Kept) -> bool:
    given, stored = arrival.record, there.record
    if stored.to_json() != given.to_json() and (
        stored != given or stored.tags != given.tags or stored.provenance != given.provenance
    ):
        return False
    return arrival.path is None or digests(there.path) == arrival.sha256


def _better(arrival: _Arrival, there: Kept) -> Kept | None:
    """Give which of two of one identity has more information; None if that can't be told."""
    record, other = arrival.record, there.record
    if record.identity() is None or record.identity() != other.identity():
        return None
    if there.path is None and arrival.path is not None:
        return arrival
    if arrival.path is None and there.path is not None and record == other:
        return there
    if not isinstance(record, ReplaceableData) or type(other) is not type(record):
        return None
    # A type that can't tell gives now the one and now the other, or always the first.
    prefers_arrival = [
        type(record).most_information(other, record) is record,
        type(record).most_information(record, other) is record,
    ]
    if all(prefers_arrival):
        return arrival
    return None if any(prefers_arrival) else there

"""Collecting what nobody needs any more: past generations, and what killed writers have left."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeVar

from propstore.ancillary import FileArea, LocalFileArea
from propstore.ancillary.copying import discard, size_of
from propstore.ancillary.local_area import STAGING
from propstore.backends.catalog_storage import CatalogClaims, CatalogStorage
from propstore.backends.superseded import SupersededRow
from propstore.errors import (
    AncillaryDataError,
    ExternalResourceError,
    InvalidLocationError,
    MissingExternalResourceError,
)
from propstore.external.location import RESERVED_DIRECTORY
from propstore.upkeep.quarantine import quarantine_directory

__all__ = ["Fate", "Leftover", "collect_leftovers"]

Item = TypeVar("Item")

MONTH = timedelta(days=30)
DAY = timedelta(days=1)
UNFINISHED = "unfinished writing in"
TOGETHER = 100  # how many are removed in one transaction, for which other writers wait


class Fate(StrEnum):
    """What becomes of a leftover."""

    REMOVED = "removed"
    PINNED = "kept, since it is being read or backed up"
    SET_ASIDE = "put in quarantine, since it may be the only copy"
    STUCK = "left, since it can't be removed"
    OUTSIDE = "left, since a link leads from there out of the store"

    @property
    def future(self) -> str:
        """What would become of it."""
        return f"would be {self}"


class Leftover(NamedTuple):
    """Something in a store that nobody needs any more.

    Attributes
    ----------
    what
        What it is, in words.
    name
        Where it is, relative to the store.
    size
        The number of bytes of its files; 0 for what is outside of the store.
    fate
        What became of it, or what would.
    """

    what: str
    name: str
    size: int
    fate: Fate

    @property
    def is_stuck(self) -> bool:
        """Whether it should have gone, and could not."""
        return self.fate in (Fate.STUCK, Fate.OUTSIDE)

    def __str__(self) -> str:
        return f"{self.what} {self.name}: {self.fate}"


def collect_leftovers(
    store: CatalogStorage,
    *,
    past_older_than: timedelta = MONTH,
    litter_older_than: timedelta = DAY,
    dry_run: bool = False,
) -> Iterator[Leftover]:
    """Remove what nobody needs any more, while others go on using the store.

    Parameters
    ----------
    store
        A store in a folder, in memory or in PostgreSQL.
    past_older_than
        How long ago a record has to have been replaced for its former generation to go.
    litter_older_than
        How long ago something was last written to that no record names: staged and temporary
        files, and files in place whose record was never committed. More than any writer pauses.
    dry_run
        Whether all stays as it is.

    Yields
    ------
    Leftover
        What there was, each after it was dealt with. What a reader has pinned stays, and so does
        what was written since the holder of a claim that stands took it: it may be the holder's.
        Files that were moved into the store by a writer that was killed before it was done may be
        the only copy: these are put into the folder ``quarantine`` of the store. What a link puts
        outside of the store is told of and stays.

    Raises
    ------
    StoreReadOnlyError
        If the store was opened for reading, unless it is a dry run.
    """
    if not dry_run:
        store._check_writable()
    now = datetime.now(UTC)
    yield from _past_generations(store, now - past_older_than, dry_run=dry_run)
    yield from _dead_claims(store, dry_run=dry_run)
    claimed_since = (holding.claim.since for holding in _claims(store).holdings())
    before = min([now - litter_older_than, *claimed_since])
    if store.keeps_files:
        yield from _unnamed_files(store, before, dry_run=dry_run)
        yield from _litter(store.area, before, dry_run=dry_run)


def _past_generations(
    store: CatalogStorage, before: datetime, *, dry_run: bool
) -> Iterator[Leftover]:
    for rows in _in_parts(store._superseded.before(before)):
        leftovers = [_past_generation(store, row) for row in rows]
        if not dry_run:
            with store._lock, store._transaction():
                for row, leftover in zip(rows, leftovers, strict=True):
                    if leftover.fate is Fate.REMOVED:
                        store._forget_generation(row)
        yield from leftovers


def _past_generation(store: CatalogStorage, row: SupersededRow) -> Leftover:
    leftover = Leftover("past generation", f"{row.generation} of {row.key}", 0, Fate.REMOVED)
    if row.files is None:
        return leftover
    try:
        size, is_pinned = store.area.size(row.files), store.area.is_pinned(row.files)
    except InvalidLocationError:
        return leftover._replace(fate=Fate.OUTSIDE)
    return leftover._replace(size=size, fate=Fate.PINNED if is_pinned else Fate.REMOVED)


def _dead_claims(store: CatalogStorage, *, dry_run: bool) -> Iterator[Leftover]:
    """Release the claims whose holders have certainly ended; the others expire by themselves."""
    claims = _claims(store)
    for holding in claims.holdings():
        if holding.owner.is_gone():
            if not dry_run:
                claims.release(holding.claim)
            yield Leftover("claim", f"of {holding}, which has ended", 0, Fate.REMOVED)


def _claims(store: CatalogStorage) -> CatalogClaims:
    return store._make_claims()


def _unnamed_files(store: CatalogStorage, before: datetime, *, dry_run: bool) -> Iterator[Leftover]:
    # First what stands, then what is named: so what is committed meanwhile is named.
    standing = list(store.area.locations())
    named = store._catalog.locations()
    for locations in _in_parts([one for one in standing if one not in named]):
        old = [one for one in locations if _is_old(store.area, one, before)]
        leftovers = [_unnamed(store.area, one) for one in old]
        if not dry_run:
            leftovers = _remove_unnamed(store, leftovers)
        yield from leftovers


def _remove_unnamed(store: CatalogStorage, leftovers: list[Leftover]) -> list[Leftover]:
    done = []
    # In a transaction, so that nobody is between placing files and committing their record.
    with store._lock, store._transaction(), store._removing() as may_remove:
        named = store._catalog.locations()
        for leftover in leftovers:
            if leftover.name in named:
                continue
            fate = _removed(store.area, leftover) if may_remove else Fate.PINNED
            done.append(leftover._replace(fate=fate))
    return done


def _removed(area: FileArea, leftover: Leftover) -> Fate:
    try:
        if leftover.fate is Fate.SET_ASIDE and isinstance(area, LocalFileArea):
            area.set_aside(leftover.name, quarantine_directory(area.root))
        elif leftover.fate is Fate.REMOVED and not area.remove(leftover.name):
            return Fate.PINNED
    except (AncillaryDataError, ExternalResourceError):
        return Fate.STUCK
    return leftover.fate


def _unnamed(area: FileArea, location: str) -> Leftover:
    leftover = Leftover("files without a record in", location, 0, Fate.REMOVED)
    try:
        size, is_pinned = area.size(location), area.is_pinned(location)
    except InvalidLocationError:
        return leftover._replace(fate=Fate.OUTSIDE)
    if is_pinned:
        leftover = leftover._replace(fate=Fate.PINNED)
    elif _may_be_only_copy(area, location):
        leftover = leftover._replace(fate=Fate.SET_ASIDE)
    return leftover._replace(size=size)


def _may_be_only_copy(area: FileArea, location: str) -> bool:
    try:
        return area.sidecar(location).moved_in
    except MissingExternalResourceError:
        return False  # it goes first when files are removed, and comes first when they are placed
    except (AncillaryDataError, ExternalResourceError):
        return True


def _is_old(area: FileArea, location: str, before: datetime) -> bool:
    try:
        return area.changed(location) < before
    except MissingExternalResourceError:
        return False  # whoever left it is just removing it
    except InvalidLocationError:
        return True  # it is told of, whenever it was made


def _litter(area: FileArea, before: datetime, *, dry_run: bool) -> Iterator[Leftover]:
    for place, left in ((STAGING, area.staged_before), (RESERVED_DIRECTORY, area.begun_before)):
        try:
            paths = list(left(before))
        except InvalidLocationError:
            yield Leftover(UNFINISHED, place, 0, Fate.OUTSIDE)
            continue
        for path in paths:
            leftover = Leftover(UNFINISHED, f"{place}/{path.name}", size_of(path), Fate.REMOVED)
            try:
                if not dry_run:
                    _discard_at_once(path)
            except FileNotFoundError:
                continue  # its writer was alive, and has just finished
            except OSError:
                leftover = leftover._replace(fate=Fate.STUCK)
            yield leftover


def _discard_at_once(path: Path) -> None:
    if path.is_dir():
        # Renamed first: its writer, if there is one after all, finds it whole or not at all.
        path = path.rename(path.with_name(f"removed-{uuid.uuid4().hex}"))
    discard(path)


def _in_parts(items: list[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(items), TOGETHER):
        yield items[start : start + TOGETHER]

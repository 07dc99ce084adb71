"""What other processes do with saved objects.

Run as ``python content_worker.py ACTION DIRECTORY [NUMBER]``: ``save`` so many objects and be
killed at the last, ``save_forever`` until killed, ``remove`` all and be killed before the first
content goes, or ``churn``: save, load, remove and tidy up for so many seconds.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
import time
from pathlib import Path

import propstore as ps
from propstore.objects import Contents, FileContentStorage
from propstore.workers import (
    ContentManifest,
    Saver,
    list_orphans,
    load_one,
    remove_one,
    remove_orphans,
    save_one,
)
from tests.workers.content_storages import DyingStorage

CHURNED = ("a", "b", "c")


async def save(store: ps.StorageBackend, contents: Contents, number: int) -> None:
    async with Saver(store, contents) as saver:
        for value in range(number):
            saver.save_soon(value)


async def save_forever(store: ps.StorageBackend, contents: Contents) -> None:
    for value in itertools.count():
        key = await save_one(value, store, contents)
        sys.stdout.write(f"{key}\n")
        sys.stdout.flush()


async def remove(store: ps.StorageBackend, contents: Contents) -> None:
    for key in store.keys(ContentManifest):
        await remove_one(key, store, contents)


async def churn(store: ps.StorageBackend, contents: Contents, seconds: int) -> None:
    end = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < end:
        value = random.choice(CHURNED)
        key = await save_one(value, store, contents)
        if await load_one(key, store, contents) != value:
            raise AssertionError(f"{key} is not {value}")
        await remove_one(key, store, contents)
        await remove_orphans(await list_orphans(store, contents), store, contents)
        rounds += 1
    sys.stdout.write(str(rounds))


def main(action: str, directory: str, number: str = "0") -> None:
    store = ps.open(Path(directory) / "store", durability="normal")
    place = Path(directory) / "contents"
    if action == "save":
        asyncio.run(save(store, Contents(DyingStorage(place, writes=int(number))), int(number)))
    elif action == "remove":
        asyncio.run(remove(store, Contents(DyingStorage(place, writes=0))))
    elif action == "save_forever":
        asyncio.run(save_forever(store, Contents(FileContentStorage(place))))
    elif action == "churn":
        asyncio.run(churn(store, Contents(FileContentStorage(place)), int(number)))


if __name__ == "__main__":
    main(*sys.argv[1:])

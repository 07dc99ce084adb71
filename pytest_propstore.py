"""What propstore gives to the tests of programs that use it: fixtures, loaded by pytest itself.

This module is not part of the package ``propstore``, since pytest loads it at every start: the
package is imported when a test asks for a fixture, and so after coverage has begun to measure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from propstore import StorageBackend

__all__ = ["propstore_place", "propstore_store"]


@pytest.fixture
def propstore_place(tmp_path: Path) -> str | Path:
    """Give the place of the test's store: a folder that no other test has.

    A project whose tests are to run on other stores overrides this fixture: with ``"memory:"``,
    say, or with parameters.
    """
    return tmp_path / "propstore-store"


@pytest.fixture
def propstore_store(
    propstore_place: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StorageBackend]:
    """Give an empty store, which is closed at the end of the test.

    What has to be unpacked or fetched meanwhile is kept out of the user's cache.
    """
    import propstore

    monkeypatch.setenv("PROPSTORE_CACHE", str(tmp_path / "propstore-cache"))
    # What a test stores need not survive a power cut.
    with propstore.open(propstore_place, durability="normal") as store:
        yield store

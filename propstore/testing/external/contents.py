"""The part of the suite of external storages that asks what there is."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from propstore.external import ExternalStorage, Metadata
from propstore.testing.external.raw import HELLO, LARGE, OTHER, RawAccess, digest_of

__all__ = ["ContentsSuite"]


class ContentsSuite(RawAccess):
    """What is stored is listed and described, and what is deleted is not."""

    def test_what_is_deleted_is_gone(self, storage: ExternalStorage) -> None:
        self.set_raw(storage, "data/sample", HELLO)
        self.set_raw(storage, "data/other", OTHER)
        storage.delete("data/sample")
        assert self.get_raw(storage, "data/sample") is None
        assert not storage.exists("data/sample")
        assert list(storage) == ["data/other"]

    def test_a_directory_goes_with_its_last_resource(self, storage: ExternalStorage) -> None:
        storage.store_bytes("data/set/sample", HELLO)
        storage.delete("data/set/sample")
        storage.store_bytes("data", OTHER)
        assert self.get_raw(storage, "data") == OTHER

    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [
            ("", {"data/a", "data/set/b", "data/set/c", "dataset", "z"}),
            ("data", {"data/a", "data/set/b", "data/set/c", "dataset"}),
            ("data/", {"data/a", "data/set/b", "data/set/c"}),
            ("./data//", {"data/a", "data/set/b", "data/set/c"}),
            ("data/s", {"data/set/b", "data/set/c"}),
            ("data/set/c", {"data/set/c"}),
            ("data/set/c/", set()),
            ("absent/", set()),
        ],
    )
    def test_a_prefix_is_a_string(
        self, storage: ExternalStorage, prefix: str, expected: set[str]
    ) -> None:
        for location in ("data/a", "data/set/b", "data/set/c", "dataset", "z"):
            self.set_raw(storage, location, HELLO)
        found = storage.iter_contents(prefix)
        assert isinstance(found, Iterator)
        assert sorted(found) == sorted(expected)

    def test_an_empty_storage_has_nothing(self, storage: ExternalStorage) -> None:
        assert list(storage) == []

    def test_metadata_are_of_what_is_stored(self, storage: ExternalStorage) -> None:
        storage.store_bytes("data/sample", HELLO)
        metadata = storage.get_metadata("data/sample")
        assert metadata == Metadata(len(HELLO), metadata.modified, digest_of(HELLO))
        if metadata.modified is not None:
            assert abs(datetime.now(UTC) - metadata.modified) < timedelta(minutes=5)

    def test_metadata_are_of_what_others_have_stored(self, storage: ExternalStorage) -> None:
        storage.store_bytes("sample", HELLO)
        self.set_raw(storage, "sample", LARGE)
        metadata = storage.get_metadata("sample")
        assert (metadata.size, metadata.digest) == (len(LARGE), digest_of(LARGE))

    def test_a_filename_tells_places_apart(self, storage: ExternalStorage) -> None:
        name = storage.get_filename("data/sample.txt")
        assert isinstance(name, str)
        assert name.endswith("sample.txt")
        assert name != storage.get_filename("other/sample.txt")

    def test_a_pickled_storage_has_the_same_resources(self, storage: ExternalStorage) -> None:
        storage.store_bytes("data/sample", HELLO)
        if not self.can_be_pickled:
            with pytest.raises(TypeError, match="pickle"):
                pickle.dumps(storage)
            return
        pickled = pickle.dumps(storage)
        with pickle.loads(pickled).load_stream("data/sample") as stream:  # noqa: S301 - our own
            assert stream.read() == HELLO

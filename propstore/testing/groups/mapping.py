"""The part of the suite of group storages that takes a group as a dict of dicts."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from collections.abc import MutableMapping

import pytest

from propstore.errors import GroupKeyError, NotInGroupError, SerializationError, StoreClosedError
from propstore.objects.groups import GenericStorage, StorageGroup

__all__ = ["MappingSuite"]


class MappingSuite:
    """A storage gives a group, which is a dict whose values may be groups."""

    def test_what_is_set_is_there_when_it_is_opened_again(self, storage: GenericStorage) -> None:
        with storage as group:
            group["a"] = 5
            assert group["a"] == 5
        with storage as group:
            assert group["a"] == 5

    def test_a_group_is_a_mutable_mapping(self, storage: GenericStorage) -> None:
        with storage as group:
            assert isinstance(group, MutableMapping)
            group.update(a=1, b=2)
            assert dict(group) == {"a": 1, "b": 2}
            assert group.pop("a") == 1
            assert len(group) == 1
            assert group.setdefault("b", 3) == 2

    def test_a_key_leads_through_groups_which_are_made(self, storage: GenericStorage) -> None:
        with storage as group:
            group["run/1/energy"] = -1.5
        with storage as group:
            assert group["run/1/energy"] == group["run"]["1"]["energy"] == -1.5
            assert "run/1" in group
            assert "run/2" not in group
            assert "run/1/energy/x" not in group

    def test_groups_know_their_names(self, storage: GenericStorage) -> None:
        with storage as group:
            assert group.name == "/"
            assert group.create_group("run/1").name == "/run/1"
            assert group["run"].name == "/run"

    def test_keys_tell_groups_from_values(self, storage: GenericStorage) -> None:
        with storage as group:
            group["value"] = {"not": "a group"}
            group.create_group("group")
            assert {str(key): key.is_group for key in group} == {"value": False, "group": True}

    def test_keys_load_nothing(
        self, storage: GenericStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with storage as group:
            group["a"] = [1]
        with storage as group:
            monkeypatch.setattr(type(group), "_read", None)
            assert list(group.keys()) == ["a"]
            assert "a" in group

    def test_a_group_is_created_once(self, storage: GenericStorage) -> None:
        with storage as group:
            group.create_group("a")
            with pytest.raises(GroupKeyError, match="require_group"):
                group.create_group("a")
            assert isinstance(group.require_group("a"), StorageGroup)
            group.require_group("b/c")["x"] = 1
            assert group["b/c/x"] == 1

    def test_no_group_takes_the_place_of_a_value(self, storage: GenericStorage) -> None:
        with storage as group:
            group["a"] = 1
            with pytest.raises(GroupKeyError, match="is a value"):
                group.require_group("a")
            with pytest.raises(GroupKeyError, match="is a value"):
                group["a/b"] = 2
        with storage as group:
            assert dict(group) == {"a": 1}

    def test_no_value_takes_the_place_of_a_group(self, storage: GenericStorage) -> None:
        with storage as group:
            group["a/b"] = 1
            with pytest.raises(GroupKeyError, match="remove it first"):
                group["a"] = 2
            assert group["a/b"] == 1

    def test_what_is_missing_is_a_key_error_that_lists_what_is_there(
        self, storage: GenericStorage
    ) -> None:
        with storage as group:
            group["run/energy"] = 1
            with pytest.raises(KeyError, match="'/run' has no 'enrgy'; there is 'energy'"):
                group["run/enrgy"]
            with pytest.raises(NotInGroupError):
                del group["run/enrgy"]
            assert group.get("run/enrgy") is None
            assert group.get("run/enrgy", 7) == 7

    @pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", 5, "\ud83d"])
    def test_what_is_no_key_is_refused(self, storage: GenericStorage, key: str) -> None:
        with storage as group, pytest.raises(GroupKeyError, match="is no key"):
            group[key] = 1

    @pytest.mark.parametrize(
        "key", ["ä ö", "a.b", ".", "..", "\x00", "_removed", "length_3", " x ", "%41", "x" * 300]
    )
    def test_any_text_is_a_name(self, storage: GenericStorage, key: str) -> None:
        with storage as group:
            group[key] = [1]
            group[f"group/{key}/in"] = 2
        with storage as group:
            assert group[key] == [1]
            assert list(group["group"]) == [key]

    def test_a_value_is_replaced_by_another_of_any_kind(self, storage: GenericStorage) -> None:
        import numpy

        values = [1, numpy.arange(3), numpy.arange(4.0), {"a": numpy.arange(3)}, "text", None]
        with storage as group:
            group["other"] = "stays"
        for value in [*values, *reversed(values)]:
            with storage as group:
                group["a"] = value
            with storage as group:
                assert repr(group["a"]) == repr(value)
                assert group["other"] == "stays"

    def test_what_is_removed_is_gone_and_can_come_again(self, storage: GenericStorage) -> None:
        with storage as group:
            group["a"] = 1
            group["b/c"] = 2
        with storage as group:
            del group["a"]
            del group["b"]
            assert not group
            group["b"] = 3
        with storage as group:
            assert dict(group) == {"b": 3}

    def test_a_block_that_raises_changes_nothing(self, storage: GenericStorage) -> None:
        with storage as group:
            group["a"] = 1

        def change() -> None:
            with storage as group:
                group["a"] = 2
                group["b"] = 3
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            change()
        with storage as group:
            assert dict(group) == {"a": 1}

    def test_a_value_that_cannot_be_stored_leaves_what_was_there(
        self, storage: GenericStorage
    ) -> None:
        with storage as group:
            group["a"] = 1
            with pytest.raises(SerializationError, match=r"value\['x'\]\[1\] can't be stored"):
                group["a"] = {"x": [1, object()]}
            group["b"] = 2
        with storage as group:
            assert dict(group) == {"a": 1, "b": 2}

    def test_a_value_in_itself_is_refused(self, storage: GenericStorage) -> None:
        endless: list[object] = []
        endless.append(endless)
        with storage as group, pytest.raises(SerializationError, match="in itself"):
            group["a"] = endless

    def test_a_closed_storage_says_so(self, storage: GenericStorage) -> None:
        with storage as group:
            group["a"] = 1
        with pytest.raises(StoreClosedError, match="is closed"):
            group["a"]
        with pytest.raises(StoreClosedError, match="is closed"):
            group["a"] = 2
        assert "closed" in repr(group)

    def test_a_storage_that_was_not_opened_says_so(self, storage: GenericStorage) -> None:
        with pytest.raises(StoreClosedError, match="with storage as group"):
            storage["a"] = 1

    def test_a_storage_is_opened_once(self, storage: GenericStorage) -> None:
        with storage, pytest.raises(StoreClosedError, match="open already"):
            storage.__enter__()

    def test_close_keeps_what_was_set_and_may_be_called_again(
        self, storage: GenericStorage
    ) -> None:
        storage.__enter__()["a"] = 1
        storage.close()
        storage.close()
        with storage as group:
            assert group["a"] == 1

"""Which serializer is found."""

from __future__ import annotations

from typing import Any

import pytest

from propstore.errors import ContentNameError, UnregisteredError
from propstore.objects import (
    BytesSerializer,
    Contents,
    JsonSerializer,
    MemoryContentStorage,
    PickleSerializer,
    SerializedData,
    Serializer,
    SerializerRegistry,
    Storage,
    TextSerializer,
    default_serializers,
)


class Base:
    """A class of the user's."""


class Middle(Base):
    """A subclass."""


class Leaf(Middle, list[int]):
    """A subclass of two, of which the first is nearer."""


class BaseSerializer(Serializer[Base]):
    name = "mylab.base@v1"
    types = (Base,)
    content_types = ("application/x-base",)

    def serialize_data(self, value: Base, /) -> SerializedData:
        raise NotImplementedError

    def deserialize_data(self, serialized: SerializedData, /) -> Base:
        raise NotImplementedError


class MiddleSerializer(BaseSerializer):
    name = "mylab.middle@v1"
    types = (Middle,)


class LaterBaseSerializer(BaseSerializer):
    name = "mylab.base@v2"


def test_a_serializer_is_found_by_its_name() -> None:
    serializer = JsonSerializer()
    assert (
        SerializerRegistry([BytesSerializer(), serializer]).get("propstore.json@v1") is serializer
    )


def test_an_unknown_name_lists_what_is_known() -> None:
    registry = SerializerRegistry([TextSerializer(), BytesSerializer()])
    with pytest.raises(
        KeyError, match=r"'mylab.none@v1'.*'propstore.bytes@v1', 'propstore.text@v1'"
    ):
        registry.get("mylab.none@v1")


def test_two_serializers_of_one_name_are_refused() -> None:
    registry = SerializerRegistry([TextSerializer()])
    with pytest.raises(ContentNameError, match=r"propstore\.text@v1"):
        registry.register(TextSerializer())
    assert registry.names() == ["propstore.text@v1"]


@pytest.mark.parametrize(
    "name", ["base", "base@1", "@v1", "base@v0", "a b@v1", "../base@v1", "base@v1\n", None, 1]
)
def test_a_name_has_a_version(name: Any) -> None:
    serializer = type("Wrong", (BaseSerializer,), {"name": name})()
    with pytest.raises(ContentNameError, match="version"):
        SerializerRegistry([serializer])


def test_a_component_without_a_name_is_refused() -> None:
    class Nameless(Storage[str]):
        pass

    with pytest.raises(ContentNameError, match="Nameless"):
        Contents(Nameless())


def test_two_storages_of_one_name_are_refused() -> None:
    with pytest.raises(ContentNameError, match=r"propstore\.memory@v1"):
        Contents(MemoryContentStorage(), MemoryContentStorage())


def test_contents_need_a_storage() -> None:
    with pytest.raises(ContentNameError, match="FileContentStorage"):
        Contents()


@pytest.mark.parametrize(
    ("value_type", "name"),
    [(Base, "mylab.base@v1"), (Middle, "mylab.middle@v1"), (Leaf, "mylab.middle@v1")],
)
def test_the_serializer_of_the_nearest_base_class_is_chosen(value_type: type, name: str) -> None:
    registry = default_serializers()
    registry.register(MiddleSerializer())
    registry.register(BaseSerializer())
    assert registry.for_type(value_type).name == name


def test_of_two_serializers_for_one_type_the_one_registered_last_is_chosen() -> None:
    registry = SerializerRegistry([BaseSerializer(), LaterBaseSerializer()])
    assert registry.for_type(Base).name == "mylab.base@v2"
    assert registry.for_content_type("application/x-base").name == "mylab.base@v2"
    assert registry.get("mylab.base@v1").name == "mylab.base@v1"


def test_a_type_without_a_serializer_is_told_with_what_is_known() -> None:
    with pytest.raises(UnregisteredError, match=r"Base.*propstore.json@v1"):
        default_serializers().for_type(Base)


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/jsonl"]
)
def test_a_serializer_is_found_by_content_type(content_type: str) -> None:
    assert default_serializers().for_content_type(content_type).name == "propstore.json@v1"


def test_an_unknown_content_type_lists_what_is_known() -> None:
    with pytest.raises(UnregisteredError, match=r"'image/png'.*'propstore.text@v1'"):
        default_serializers().for_content_type("image/png")


def test_pickle_is_not_among_the_defaults() -> None:
    assert "propstore.pickle@v1" not in default_serializers().names()


def test_pickle_is_found_by_its_name_only() -> None:
    registry = SerializerRegistry([PickleSerializer()])
    assert registry.get("propstore.pickle@v1").name == "propstore.pickle@v1"
    with pytest.raises(UnregisteredError):
        registry.for_type(object)
    with pytest.raises(UnregisteredError):
        registry.for_content_type("application/x-python-pickle")

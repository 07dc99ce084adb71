"""Which persistent serializers can be registered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from propstore.errors import ContentNameError
from propstore.workers.tasks import storage_factory
from tests.workers.task_samples import Box, BoxSerializer, ObjectSerializer


def test_what_is_no_serializer_is_refused() -> None:
    storage = storage_factory({"kind": "memory"})
    with pytest.raises(ContentNameError, match="has no name, serializer_class"):
        storage.register_persistent_serializers(object())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"name": 5}, "is 5; it has to be text"),
        ({"name": ""}, "is ''; it has to be text"),
        ({"serializer_class": "Box"}, "has to be a class"),
        ({"pickle": b""}, "it has no pickle"),
    ],
)
def test_a_serializer_with_a_part_of_another_kind_is_refused(
    attributes: dict[str, Any], message: str
) -> None:
    storage = storage_factory({"kind": "memory"})
    with pytest.raises(ContentNameError, match=message):
        storage.register_persistent_serializers(type("Bad", (BoxSerializer,), attributes))


def test_one_name_for_two_classes_is_refused() -> None:
    storage = storage_factory({"kind": "memory"})
    storage.register_persistent_serializers(BoxSerializer)
    with pytest.raises(ContentNameError, match="both have the name 'box'"):
        storage.register_persistent_serializers(
            type("Other", (BoxSerializer,), {"serializer_class": Path})
        )


def test_a_class_that_is_defined_again_takes_the_place_of_the_former() -> None:
    again = type("Box", (Box,), {"__module__": Box.__module__})
    storage = storage_factory({"kind": "memory"})
    storage.register_persistent_serializers(BoxSerializer)
    storage.register_persistent_serializers(
        type("Again", (BoxSerializer,), {"serializer_class": again})
    )
    storage.save("w", "t", again(b"data"))
    assert storage.read_task("w", "t").data == b"data"


def test_two_serializers_for_one_class_are_refused() -> None:
    storage = storage_factory({"kind": "memory"})
    storage.register_persistent_serializers(BoxSerializer)
    storage.register_persistent_serializers(BoxSerializer)
    with pytest.raises(ContentNameError, match="'box' and 'object' are both for"):
        storage.register_persistent_serializers(ObjectSerializer)

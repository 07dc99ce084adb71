"""Names of tasks and workflows as parts of locations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propstore.errors import InvalidDataError
from propstore.external import MemoryStorage
from propstore.external.location import normalise_location
from propstore.workers.tasks import TaskStorage
from propstore.workers.tasks.names import encoded_name, original_name


class CaselessStorage(MemoryStorage):
    """A storage as file systems are that do not tell upper from lower case."""

    def _normalise(self, location: str) -> str:
        return super()._normalise(location).lower()

    def _iter_contents(self, prefix: str = "") -> Iterator[str]:
        for location in super()._iter_contents(prefix.lower()):
            yield prefix + location[len(prefix) :]


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("save", ("w", "T", 0)),
        ("save", ("W", "t", 0)),
        ("read_task", ("w", "T")),
        ("read_task", ("W", "t")),
        ("remove_task", ("w", "T")),
        ("remove_task", ("W", "t")),
        ("remove_workflow", ("W",)),
        ("new_workflow", ("W",)),
    ],
)
def test_where_case_is_not_told_the_name_of_another_is_refused(
    method: str, arguments: tuple[Any, ...]
) -> None:
    storage = TaskStorage(CaselessStorage())
    storage.save("w", "t", "kept")
    with pytest.raises(InvalidDataError, match="does not tell upper from lower case"):
        getattr(storage, method)(*arguments)
    assert storage.read_task("w", "t") == "kept"


@given(st.lists(st.text(min_size=1), unique=True))
def test_no_two_names_are_one(names: list[str]) -> None:
    encoded = [encoded_name("task", name) for name in names]
    assert len(set(encoded)) == len(names)
    for name, part in zip(names, encoded, strict=True):
        assert normalise_location(part) == part
        assert "/" not in part
        assert original_name(part) in (name, None)

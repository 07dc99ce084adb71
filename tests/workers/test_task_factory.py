"""Storages for the results of tasks, by their descriptions."""

from __future__ import annotations

from typing import Any

import pytest

from propstore.errors import InvalidDataError
from propstore.workers.tasks import storage_factory


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({"kind": "disk"}, "kind 'disk'; there are 'file', 'memory', 's3', 'ray'"),
        ({"kind": ["file"]}, r"kind \['file'\]; there are 'file', 'memory', 's3', 'ray'"),
        ({"options": {}}, "needs the option 'kind'"),
        ({"kind": "file"}, "needs the option 'path'; there are 'path', 'allow_pickle', 'classes'"),
        ({"kind": "memory", "options": {"path": "x"}}, "no option 'path'; there are 'allow_pickle"),
        ({"kind": "s3", "options": {"path": "s3://b", "key": 1}}, "there are 'path', 's3', 'allow"),
        ({"kind": "file", "option": {}}, "no option 'option'; there are 'kind', 'options'"),
        (
            {"kind": "s3", "options": {"path": "s3://b", "s3": {"pass": 1}}},
            "s3://b can't be opened",
        ),
    ],
)
def test_an_unknown_description_is_an_error_that_lists_what_there_is(
    described: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        storage_factory(described)


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ("file", "a storage description is 'file'; it has to be a dict"),
        ({"kind": "file", "options": "x"}, "'options' is 'x'; it has to be a dict"),
        ({"kind": "file", "options": {"path": None}}, "'path' is None; it has to be a path"),
        ({"kind": "file", "options": {"path": ""}}, "'path' is ''; it has to be a path"),
        ({"kind": "s3", "options": {"path": "s3://b", "s3": "key"}}, "'s3' is 'key'; it has"),
        ({"kind": "ray", "options": {"path": "x", "remoteArgs": 1}}, "'remoteArgs' is 1; it has"),
        ({"kind": "memory", "options": {"classes": 5}}, "'classes' is 5; it has to be a list of"),
        ({"kind": "memory", "options": {"allow_pickle": "false"}}, "has to be True or False"),
    ],
)
def test_an_option_of_another_type_is_an_error_that_says_what_it_has_to_be(
    described: Any, message: str
) -> None:
    with pytest.raises(InvalidDataError, match=message):
        storage_factory(described)


def test_options_may_be_left_empty() -> None:
    assert storage_factory({"kind": "memory", "options": None}).list_workflows() == []

"""The conformance suite of storages of groups.

Every form gives back the same values. To hold one to that, inherit from the suite, name the class
``Test...``, and give it a ``storage`` fixture: a storage that can be opened again and again::

    class TestMyStorage(GroupSuite):
        @pytest.fixture
        def storage(self, tmp_path):
            return MyStorage(tmp_path / "groups")
"""

from __future__ import annotations

from propstore.testing.groups.arrays import GroupArraysSuite
from propstore.testing.groups.mapping import MappingSuite
from propstore.testing.groups.values import ValuesSuite

__all__ = ["GroupSuite"]


class GroupSuite(MappingSuite, ValuesSuite, GroupArraysSuite):
    """What every storage of groups has to do; see the module for how to use it."""

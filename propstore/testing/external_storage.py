"""The conformance suite of external storages.

Every storage gives the same result and the same error for the same call. To hold one to that,
inherit from the suite, name the class ``Test...``, give it a ``storage`` fixture, and the means
to look and to write behind the storage's back::

    class TestMyStorage(ExternalStorageSuite):
        @pytest.fixture
        def storage(self, tmp_path):
            return MyStorage(tmp_path)

        def set_raw(self, storage, location, content): ...

        def get_raw(self, storage, location): ...
"""

from __future__ import annotations

from propstore.testing.external.conditions import ConditionsSuite
from propstore.testing.external.contents import ContentsSuite
from propstore.testing.external.locations import LocationsSuite
from propstore.testing.external.reading import ReadingSuite
from propstore.testing.external.storing import StoringSuite

__all__ = ["ExternalStorageSuite"]


class ExternalStorageSuite(
    StoringSuite, ConditionsSuite, ReadingSuite, LocationsSuite, ContentsSuite
):
    """What every external storage has to do; see the module for how to use it."""

"""The conformance suite of storage backends.

Every backend gives the same result and the same error for the same call. To hold one to that,
inherit from the suite, name the class ``Test...``, give it a ``store`` fixture, and say what the
backend can't do::

    class TestMyBackend(StorageBackendSuite):
        can_move = False
        has_batches = False

        @pytest.fixture
        def store(self, tmp_path):
            with MyBackend(tmp_path) as store:
                yield store

        def opener(self, store):  # only if the store can't be pickled
            return functools.partial(MyBackend, store.directory)

All that can be said is told by `propstore.testing.backend.under_test.BackendUnderTest`.
"""

from __future__ import annotations

from propstore.testing.backend.answers import AnswersSuite
from propstore.testing.backend.batches import BatchesSuite
from propstore.testing.backend.conditions import ConditionsSuite
from propstore.testing.backend.description import DescriptionSuite
from propstore.testing.backend.files import FilesSuite
from propstore.testing.backend.history import HistorySuite
from propstore.testing.backend.identity import IdentitySuite
from propstore.testing.backend.keys import KeysSuite
from propstore.testing.backend.kills import KillsSuite
from propstore.testing.backend.mistakes import MistakesSuite
from propstore.testing.backend.moving import MovingSuite
from propstore.testing.backend.processes import ProcessesSuite
from propstore.testing.backend.queries import QueriesSuite
from propstore.testing.backend.selections import SelectionsSuite
from propstore.testing.backend.storing import StoringSuite
from propstore.testing.backend.threads import ThreadsSuite
from propstore.testing.backend.transfers import TransfersSuite

__all__ = ["StorageBackendSuite"]


class StorageBackendSuite(
    StoringSuite,
    IdentitySuite,
    DescriptionSuite,
    KeysSuite,
    ConditionsSuite,
    SelectionsSuite,
    QueriesSuite,
    MistakesSuite,
    AnswersSuite,
    FilesSuite,
    MovingSuite,
    HistorySuite,
    TransfersSuite,
    BatchesSuite,
    ThreadsSuite,
    ProcessesSuite,
    KillsSuite,
):
    """What every storage backend has to do; see the module for how to use it."""

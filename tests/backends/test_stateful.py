"""Every backend does what a plain dictionary would, whatever is asked of it in whatever order."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

import propstore as ps
from propstore.errors import ObjectNotFoundError, UnsupportedOperationError
from tests.backends.conftest import STORES
from tests.samples import AQUEOUS_ETHANOL, ETHANOL, WATER, box, box_files, density

TEMPERATURES = st.sampled_from([280, 290, 300, 310])
SUBSTANCES = st.sampled_from([WATER, ETHANOL, AQUEOUS_ETHANOL])
CONTENTS = st.sampled_from(["ONE", "TWO", "THREE"])
INEFFICIENCIES = st.sampled_from([1.0, 2.0, 3.0, 4.0])

Stored = tuple[ps.StoredData, str | None]


class StoreMachine(RuleBasedStateMachine):
    """Does the same to a store and to a dictionary of records with what their files say."""

    kind: ClassVar[str]
    keys = Bundle("keys")

    @initialize()
    def open_store(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="propstore-stateful-"))
        self.store = STORES[self.kind](self.folder)
        self.model: dict[str, Stored] = {}
        self.sources = 0

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    @rule(target=keys, temperature=TEMPERATURES, substance=SUBSTANCES)
    def store_a_property(self, temperature: int, substance: ps.Substance) -> str:
        return self.put(density(f"{temperature} K", substance), None)

    @rule(target=keys, temperature=TEMPERATURES, content=CONTENTS)
    def store_a_property_with_files(self, temperature: int, content: str) -> str:
        return self.put(density(f"{temperature} K"), content)

    @rule(target=keys, inefficiency=INEFFICIENCIES, substance=SUBSTANCES, content=CONTENTS)
    def store_a_box(self, inefficiency: float, substance: ps.Substance, content: str) -> str:
        return self.put(box(inefficiency, substance), content)

    @rule(target=keys, values=st.lists(INEFFICIENCIES, max_size=3), fails=st.booleans())
    @precondition(lambda self: self.has_batches())
    def store_a_batch(self, values: list[float], fails: bool) -> Any:
        before, new = dict(self.model), []
        try:
            with self.store.batch():
                new = [self.put(box(value), "BATCH") for value in values]
                if fails:
                    raise InterruptedError
        except InterruptedError:
            self.model, new = before, []
        return multiple(*new)

    @rule(key=consumes(keys))
    def remove(self, key: str) -> None:
        try:
            self.store.remove_object(key)
        except ObjectNotFoundError:
            assert key not in self.model
        except UnsupportedOperationError:
            assert self.kind == "dictionary"
        else:
            del self.model[key]

    @rule(key=keys, number=st.integers(0, 3))
    def restore(self, key: str, number: int) -> None:
        try:
            self.store.restore(key, number)
        except UnsupportedOperationError:
            assert self.kind not in ("memory", "local")
        except ObjectNotFoundError:
            assert key not in self.model or number >= len(self.store.history(key))
        else:
            restored = next(one for one in self.store.history(key) if one.number == number)
            self.model[key] = (restored.record, read(restored.path))

    @rule(key=keys)
    def retrieve(self, key: str) -> None:
        record, path = self.store.retrieve_object(key)
        assert (record, read(path)) == self.model.get(key, (None, None))
        assert (key in self.store) == (key in self.model)

    @rule(temperature=TEMPERATURES, substance=SUBSTANCES)
    def look_for(self, temperature: int, substance: ps.Substance) -> None:
        record = density(f"{temperature} K", substance)
        assert self.store.has_object(record) == self.find(record)

    @rule(low=TEMPERATURES, substance=SUBSTANCES)
    def search(self, low: int, substance: ps.Substance) -> None:
        condition = ps.field("thermodynamic_state.temperature") >= f"{low} K"
        found = self.store.find(ps.PropertyData, condition, ps.field("substance") == substance)
        assert set(found.keys()) == {
            key
            for key, (record, _) in self.model.items()
            if isinstance(record, ps.PropertyData)
            and record.substance == substance
            and record.thermodynamic_state.temperature.value >= low
        }

    @rule()
    @precondition(lambda self: self.kind == "local")
    def open_again(self) -> None:
        self.store.close()
        self.store = STORES[self.kind](self.folder)

    @invariant()
    def holds_the_same(self) -> None:
        if hasattr(self, "store"):
            assert sorted(self.store.keys()) == sorted(self.model)
            assert len(self.store) == len(self.model)

    def put(self, record: ps.StoredData, content: str | None) -> str:
        """Store a record; say what a dictionary with the rules of identity would hold."""
        files = None
        if content is not None:
            self.sources += 1
            files = box_files(self.folder / "sources" / str(self.sources), content)
        known = self.find(record)
        key = self.store.store_object(record, files)
        assert known is None or key == known
        if known is None or is_better(record, content, *self.model[known]):
            self.model[key] = (record, content)
        return key

    def find(self, record: ps.StoredData) -> str | None:
        identities = {one.identity(): key for key, (one, _) in self.model.items()}
        return identities.get(record.identity())

    def has_batches(self) -> bool:
        try:
            with self.store.batch():
                return True
        except UnsupportedOperationError:
            return False


def is_better(
    record: ps.StoredData, content: str | None, stored: ps.StoredData, stored_content: str | None
) -> bool:
    if content is not None and stored_content is None:
        return True
    if isinstance(record, ps.StoredSimulationData):
        return record.statistical_inefficiency < stored.statistical_inefficiency
    return False


def read(path: Any) -> str | None:
    return None if path is None else (Path(path) / "box.pdb").read_text()


@pytest.mark.parametrize("kind", STORES)
def test_a_backend_does_what_a_dictionary_would(kind):
    machine = type(f"Machine_{kind}", (StoreMachine,), {"kind": kind})
    machine.TestCase.settings = settings(
        max_examples=12,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine.TestCase().runTest()

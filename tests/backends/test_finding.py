"""Finding records: conditions at random, and what only some backends do."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import propstore as ps
from propstore.testing.backend.filled import PRESSURE, TEMPERATURE, fill
from propstore.testing.samples import AQUEOUS_ETHANOL, ETHANOL, LYSOZYME, WATER, density
from tests.backends.three_hooks import DictBackend

field = ps.field


def test_a_field_that_got_a_default_later_is_found_in_older_documents(folder_store):
    class Before(ps.HashableStoredData, type_name="tests.growing@v1"):
        __qualname__ = "Growing"
        size: int

    folder_store.store_object(Before(size=1))
    assert folder_store.find(Before, field("size") == 1).count() == 1

    class After(ps.HashableStoredData, type_name="tests.growing@v1"):
        __qualname__ = "Growing"
        size: int
        colour: str = "blue"

    assert folder_store.find(After, field("colour") == "blue").count() == 1
    assert folder_store.find(After, field("colour") == "red").count() == 0
    assert folder_store.find(After, field("colour").exists()).count() == 1


def test_a_field_that_is_indexed_later_is_found_in_older_records(tmp_path):
    store = ps.LocalFileStorage(tmp_path)

    def define(indexed: tuple[str, ...]) -> type[ps.HashableStoredData]:
        class Rate(ps.HashableStoredData, type_name="tests.rate@v1"):
            indexed_fields = indexed
            rate: float

        return Rate

    unindexed = define(())
    for i in range(5):
        store.store_object(unindexed(rate=float(i)))
    indexed = define(("rate",))
    assert store.find(indexed, field("rate") > 2.5).count() == 2
    store.close()
    store = ps.LocalFileStorage(tmp_path)
    store.store_object(indexed(rate=9.0))
    selection = store.find(indexed, field("rate") > 2.5)
    assert selection.count() == 3
    assert "_rate" in selection.explain()


def test_records_that_a_later_program_stored_are_reported_when_an_answer_lacks_them(folder_store):
    store = folder_store
    store.store_object(density())
    document = {"type": "propstore.property_data@v99", "value": {"value": 1, "unit": "K"}}
    store.store_object(ps.UnknownData(document=document))
    with pytest.warns(ps.IncompleteAnswerWarning, match="property_data@v99"):
        assert store.find(ps.PropertyData).count() == 1
    with pytest.warns(ps.IncompleteAnswerWarning):
        assert len(list(store.find(ps.PropertyData))) == 1
    assert len(store) == 2


TEMPERATURES = [f"{value} K" for value in (280, 290, 298.15, 300, 310)]
SUBSTANCES = [WATER, ETHANOL, AQUEOUS_ETHANOL, LYSOZYME]

leaves = st.one_of(
    st.builds(lambda t: field(TEMPERATURE) == t, st.sampled_from(TEMPERATURES)),
    st.builds(lambda t: field(TEMPERATURE) < t, st.sampled_from(TEMPERATURES)),
    st.builds(lambda t: field(TEMPERATURE) >= t, st.sampled_from(TEMPERATURES)),
    st.builds(lambda t: field(TEMPERATURE) != t, st.sampled_from(TEMPERATURES)),
    st.sampled_from(
        [
            field(PRESSURE).exists(),
            field(PRESSURE) > "150 kPa",
            field("value") > "900 kg/m**3",
            field("uncertainty") < "0.2 kg/m**3",
            field("source") == "a",
            field("source").startswith("a"),
            field("source").matches("b$"),
            field("tags.group").one_of("x", "y"),
            field("provenance.time") > "2020-01-01",
            ps.contains("O"),
            ps.contains("CCO"),
            ps.consists_of("O", "CCO"),
            ps.mole_fraction("CCO", 0.1, 0.4),
            ps.component_count(2, 3),
        ]
    ),
    st.builds(lambda s: field("substance") == s, st.sampled_from(SUBSTANCES)),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a: ~a, inner),
    ),
    max_leaves=6,
)


def random_records() -> list[tuple[ps.PropertyData, dict[str, str]]]:
    choose = random.Random(7)
    records = {}
    for _ in range(200):
        record = density(
            choose.choice(TEMPERATURES),
            choose.choice(SUBSTANCES),
            f"{choose.choice([700, 900, 1000])} kg/m**3",
            choose.choice([None, "1 atm", "2 bar"]),
            uncertainty=choose.choice([None, "0.1 kg/m**3", "1 kg/m**3"]),
            source=choose.choice([None, "a", "ab", "b"]),
        )
        records[record] = choose.choice([{}, {"group": "x"}, {"group": "z"}])
    return list(records.items())


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory, propstore_postgres_module_url
) -> list[tuple[ps.StorageBackend, list[ps.PropertyData]]]:
    path: Path = tmp_path_factory.mktemp("filled")
    stores = [
        ps.LocalFileStorage(path / "store"),
        ps.MemoryStorage(),
        ps.TinyDBStorage(path / "json"),
        DictBackend(path),
        ps.PostgresStorage(propstore_postgres_module_url),
    ]
    for store in stores:
        for record, tags in random_records():
            store.store_object(record, tags=tags)
    return [(store, [match.record for match in store.find(ps.PropertyData)]) for store in stores]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(condition=conditions)
def test_every_backend_gives_the_answer_of_plain_python(filled, condition):
    bound = condition.bind(ps.PropertyData)
    for store, everything in filled:
        expected = [record for record in everything if bound.matches(record)]
        selection = store.find(ps.PropertyData, condition)
        assert [match.record for match in selection] == expected
        assert selection.count() == len(expected)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    condition=conditions,
    path=st.sampled_from([TEMPERATURE, PRESSURE, "value", "source", "tags.group", "uncertainty"]),
    descending=st.booleans(),
    near=st.booleans(),
    limit=st.sampled_from([None, 1, 10]),
)
def test_every_backend_orders_and_limits_alike(filled, condition, path, descending, near, limit):
    answers = []
    for store, _ in filled:
        selection = store.find(ps.PropertyData, condition).order_by(path, descending=descending)
        if near:
            selection = selection.nearest(temperature="301 K", pressure="1.5 bar")
        if limit is not None:
            selection = selection.limit(limit)
        answers.append([match.record for match in selection])
    assert all(answer == answers[0] for answer in answers)


def test_a_search_that_sqlite_can_say_whole_leaves_nothing_to_python(local):
    fill(local)
    explanation = local.find(
        ps.PropertyData, field("substance") == WATER, field(TEMPERATURE) == "25 degC"
    ).explain()
    assert "records_by_substance" in explanation
    assert "Python" not in explanation
    assert "Python" in local.find(ps.PropertyData, field("source").matches("x")).explain()


def test_reading_on_while_others_write_gives_a_state_that_was(folder_store):
    with folder_store.batch():
        for i in range(2500):
            folder_store.store_object(density(f"{250 + i / 100} K"))
    seen = 0
    for match in folder_store.find(ps.PropertyData):
        seen += 1
        if seen == 10:
            folder_store.store_object(density("600 K"))
            folder_store.remove_object(match.key)
    assert seen == 2500
    assert folder_store.find(ps.PropertyData).count() == 2500


def test_a_record_that_cannot_be_read_is_an_error_and_no_missing_row(local):
    key = local.store_object(density())
    with local._connections.writing() as connection:
        connection.execute("UPDATE records SET document = replace(document, 'liquid', 'plasma')")
    from propstore.errors import CorruptRecordError

    for read in (
        lambda: local.retrieve_object(key),
        lambda: list(local.find(ps.PropertyData)),
        lambda: local.query(ps.PropertyDataQuery()),
    ):
        with pytest.raises(CorruptRecordError, match=key):
            read()

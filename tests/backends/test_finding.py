"""Finding records by substance, state and any field, with one answer on every backend."""

from __future__ import annotations

import random
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import propstore as ps
from propstore.errors import (
    DimensionError,
    MultipleMatchesError,
    NoMatchError,
    QueryError,
    UnknownFieldError,
)
from tests.backends.three_hooks import DictBackend
from tests.samples import AQUEOUS_ETHANOL, ETHANOL, WATER, box, box_files, density

field = ps.field
TEMPERATURE = "thermodynamic_state.temperature"
PRESSURE = "thermodynamic_state.pressure"

LYSOZYME = ps.Substance(
    [
        (ps.Component(label="lysozyme", role="receptor"), ps.ExactAmount(1)),
        (ps.Component("c1ccccc1", "ligand"), ps.ExactAmount(1)),
        ("O", 1.0),
    ]
)


def fill(store: ps.StorageBackend) -> dict[str, ps.PropertyData]:
    """Store the records that most tests below ask for, by a name for each."""
    records = {
        "water 290 K": density("290 K", WATER, "998.8 kg/m**3"),
        "water 25 degC": density("25 degC", WATER, "0.997 g/ml", "101.325 kPa"),
        "water 320 K": density("320 K", WATER, "989 kg/m**3", source="10.1/b"),
        "water, no pressure": density("298.15 K", WATER, "996 kg/m**3", None),
        "ethanol": density("298.15 K", ETHANOL, "785 kg/m**3", source="10.1/a"),
        "mixture": density("298.15 K", AQUEOUS_ETHANOL, "930 kg/m**3", uncertainty="1 kg/m**3"),
        "gas": ps.PropertyData(
            property_type="EnthalpyOfVaporization",
            substance=WATER,
            thermodynamic_state=ps.ThermodynamicState("373.15 K", "1 atm"),
            phase="liquid+gas",
            value="40.65 kJ/mol",
        ),
    }
    for name, record in records.items():
        store.store_object(record, tags={"name": name})
    return records


def names(selection: ps.Selection) -> set[str]:
    return {match.record.tags["name"] for match in selection}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (
            field(TEMPERATURE) == "298.15 K",
            {"water 25 degC", "water, no pressure", "ethanol", "mixture"},
        ),
        (
            field(TEMPERATURE) == "25 degC",
            {"water 25 degC", "water, no pressure", "ethanol", "mixture"},
        ),
        (field(TEMPERATURE) < "290 K", set()),
        (field(TEMPERATURE) <= "290 K", {"water 290 K"}),
        (field(TEMPERATURE) > "320 K", {"gas"}),
        (field(TEMPERATURE) >= "46.85 degC", {"gas", "water 320 K"}),
        (field(TEMPERATURE).between("300 K", "350 K"), {"water 320 K"}),
        (
            field(TEMPERATURE).near("300 K", "2 K"),
            {"water 25 degC", "water, no pressure", "ethanol", "mixture"},
        ),
        (field(TEMPERATURE).one_of("290 K", "320 K"), {"water 290 K", "water 320 K"}),
        (field(PRESSURE).exists() & ~(field(PRESSURE) == "1 atm"), set()),
        (~field(PRESSURE).exists(), {"water, no pressure"}),
        (field(PRESSURE) != "1 atm", set()),
        (~(field(PRESSURE) == "1 atm"), {"water, no pressure"}),
        (field("phase") == "Liquid + Gas", {"gas"}),
        (field("phase") == ps.PropertyPhase.GAS, set()),
        (field("property_type") == "EnthalpyOfVaporization", {"gas"}),
        (field("value") > "0.99 g/ml", {"water 290 K", "water 25 degC", "water, no pressure"}),
        (field("value") > "10 J/mol", {"gas"}),
        (field("uncertainty").exists(), {"mixture"}),
        (field("uncertainty") <= "0.001 g/ml", {"mixture"}),
        (field("source") == "10.1/a", {"ethanol"}),
        (field("source") != "10.1/a", {"water 320 K"}),
        (field("source").startswith("10.1/"), {"ethanol", "water 320 K"}),
        (field("source").matches(r"/[b-z]$"), {"water 320 K"}),
        (field("source") > "10.1/a", {"water 320 K"}),
        (field("source").one_of("10.1/a", "10.1/b", "other"), {"ethanol", "water 320 K"}),
        (field("tags.name").startswith("water,"), {"water, no pressure"}),
        (field("substance") == AQUEOUS_ETHANOL, {"mixture"}),
        (field("thermodynamic_state") == ps.ThermodynamicState("25 degC"), {"water, no pressure"}),
        (
            field("provenance.time") > "2020-01-01",
            {
                "water 290 K",
                "water 25 degC",
                "water 320 K",
                "water, no pressure",
                "ethanol",
                "mixture",
                "gas",
            },
        ),
        (field("provenance.time") < "2020-01-01", set()),
        (ps.contains("OCC"), {"ethanol", "mixture"}),
        (ps.contains("CCO", "ligand"), set()),
        (ps.consists_of("CCO", "O"), {"mixture"}),
        (ps.consists_of("CCO"), {"ethanol"}),
        (ps.mole_fraction("CCO", 0.2, 0.3), {"mixture"}),
        (ps.mole_fraction("O", 0.2, 0.3), set()),
        (ps.component_count(2), {"mixture"}),
        (
            ps.contains("O") & ~ps.contains("CCO") & (field(TEMPERATURE) > "300 K"),
            {"water 320 K", "gas"},
        ),
        (ps.contains("CCO") | (field("phase") == "liquid+gas"), {"ethanol", "mixture", "gas"}),
        (~(ps.contains("O") | field("source").exists()), set()),
    ],
    ids=lambda value: f"{len(value)} found" if isinstance(value, set) else repr(value),
)
def test_a_condition_finds_what_fulfils_it(store, condition, expected):
    fill(store)
    selection = store.find(ps.PropertyData, condition)
    assert names(selection) == expected
    assert selection.count() == len(expected)
    assert len(selection.keys()) == len(expected)


def test_substances_with_labels_roles_and_exact_amounts_are_found(store):
    key = store.store_object(density(substance=LYSOZYME))
    store.store_object(density())
    for condition in (
        ps.contains(ps.Component(label="lysozyme")),
        ps.contains("c1ccccc1", "ligand"),
        ps.consists_of(ps.Component(label="lysozyme"), "O", "C1=CC=CC=C1"),
        ps.component_count(3, 5),
        field("substance") == LYSOZYME,
    ):
        assert store.find(ps.PropertyData, condition).keys() == [key]
    assert store.find(ps.PropertyData, ps.contains("c1ccccc1", "solvent")).count() == 0


def test_a_query_gives_the_matches_by_the_values_that_they_have(store):
    records = fill(store)
    query = ps.PropertyDataQuery(
        substance=WATER, thermodynamic_state=ps.ThermodynamicState("298.15 K", "1 atm")
    )
    ((values, matches),) = store.query(query).items()
    assert values == (WATER, records["water 25 degC"].thermodynamic_state)
    ((key, record, path),) = matches
    assert record == records["water 25 degC"]
    assert store.retrieve_object(key)[0] == record
    assert path is None


def test_a_query_without_attributes_matches_every_record_of_its_type(store):
    records = fill(store)
    ((values, matches),) = store.query(ps.PropertyDataQuery()).items()
    assert values == ()
    assert len(matches) == len(records)


def test_a_query_by_state_without_pressure_matches_no_record_that_has_one(store):
    fill(store)
    found = store.query(ps.PropertyDataQuery(thermodynamic_state=ps.ThermodynamicState("298.15 K")))
    assert [m.record.tags["name"] for ms in found.values() for m in ms] == ["water, no pressure"]


def test_the_tolerance_of_a_state_is_the_callers_to_say(store):
    store.store_object(density("298.65 K", pressure="101 kPa"))
    state = ps.ThermodynamicState("298.15 K", "1 atm")
    assert store.query(ps.PropertyDataQuery(thermodynamic_state=state)) == {}
    wide = ps.PropertyDataQuery(
        thermodynamic_state=state, temperature_tolerance="0.6 K", pressure_tolerance=0.01
    )
    assert len(store.query(wide)) == 1


@pytest.mark.parametrize("offset", [-0.0009, 0.0009])
def test_states_match_by_tolerance_and_not_by_bins(store, offset):
    store.store_object(density(f"{298.15 + offset} K"))
    state = ps.ThermodynamicState("298.15 K", "1 atm")
    assert len(store.query(ps.PropertyDataQuery(thermodynamic_state=state))) == 1


def test_components_only_finds_the_pure_components_of_a_mixture(store):
    fill(store)
    found = store.query(
        ps.PropertyDataQuery(
            substance=AQUEOUS_ETHANOL,
            substance_query=ps.SubstanceQuery(components_only=True),
            phase="liquid",
        )
    )
    assert {values[0] for values in found} == {WATER, ETHANOL}


def test_components_only_wants_the_same_kind_of_amount_and_equal_exact_amounts(store):
    one = ps.Substance({"CCO": ps.ExactAmount(1)})
    two = ps.Substance({"CCO": ps.ExactAmount(2)})
    by_fraction = density(substance=ETHANOL)
    for record in (by_fraction, density(substance=one), density(substance=two)):
        store.store_object(record)

    def found(substance: ps.Substance) -> set[ps.Substance]:
        query = ps.PropertyDataQuery(
            substance=substance, substance_query=ps.SubstanceQuery(components_only=True)
        )
        return {values[0] for values in store.query(query)}

    assert found(ps.Substance({"O": 1.0, "CCO": ps.ExactAmount(2)})) == {two}
    assert found(AQUEOUS_ETHANOL) == {ETHANOL}


def test_each_record_type_has_its_query(store, tmp_path):
    files = box_files(tmp_path / "files")
    state = ps.ThermodynamicState("298.15 K", "1 atm")
    common = {"substance": WATER, "thermodynamic_state": state, "phase": "liquid"}
    force_field = store.store_object(ps.ForceFieldData(force_field_source="<SMIRNOFF/>"))
    made = {"coordinate_file_name": "box.pdb", "force_field_id": force_field}
    simulation = store.store_object(box(force_field_id=force_field), files)
    equilibration = store.store_object(
        ps.StoredEquilibrationData(
            **common, **made, statistical_inefficiency=1.0, number_of_molecules=10
        ),
        files,
    )
    free_energy = store.store_object(
        ps.StoredFreeEnergyData(**common, **made, free_energy_difference="-3 kcal/mol"), files
    )
    for query, key in (
        (ps.ForceFieldQuery(force_field_source="<SMIRNOFF/>"), force_field),
        (ps.SimulationDataQuery(**common, number_of_molecules=256), simulation),
        (ps.EquilibrationDataQuery(force_field_id=force_field), equilibration),
        (ps.FreeEnergyDataQuery(**common), free_energy),
    ):
        ((match,),) = store.query(query).values()
        assert match.key == key
    assert store.query(ps.SimulationDataQuery(number_of_molecules=255)) == {}


def test_nearest_orders_by_the_distance_of_the_state(store):
    fill(store)
    nearest = store.find(ps.PropertyData, ps.consists_of("O")).nearest(
        temperature="299 K", pressure="1 atm"
    )
    order = [match.record.tags["name"] for match in nearest]
    assert order == ["water 25 degC", "water 290 K", "water 320 K", "gas", "water, no pressure"]


def test_order_by_sorts_and_puts_what_is_missing_last(store):
    fill(store)
    pure = store.find(ps.PropertyData, field("property_type") == "Density")
    ascending = [m.record.tags["name"] for m in pure.order_by("source").order_by(TEMPERATURE)]
    assert ascending[:3] == ["ethanol", "water 320 K", "water 290 K"]
    descending = [m.record.tags["name"] for m in pure.order_by("source", descending=True)]
    assert descending[:2] == ["water 320 K", "ethanol"]
    by_value = pure.order_by("value", descending=True).first()
    assert by_value.record.tags["name"] == "water 290 K"


def test_order_by_a_field_that_only_python_can_order(store):
    for temperature in ("300 K", "301 K"):
        store.store_object(density(temperature))
    newest = store.find(ps.PropertyData).order_by("provenance.time", descending=True)
    assert str(newest.limit(1).first().record.thermodynamic_state.temperature) == "301.0 K"


def test_limit_first_and_one(store):
    fill(store)
    everything = store.find(ps.PropertyData)
    assert len(list(everything.limit(3))) == everything.limit(3).count() == 3
    assert everything.limit(3).limit(5).count() == 3
    assert list(everything.limit(0)) == []
    assert store.find(ps.PropertyData, field("phase") == "solid").first() is None
    assert store.find(ps.PropertyData, ps.component_count(2)).one().record.tags["name"] == "mixture"
    with pytest.raises(NoMatchError, match="solid"):
        store.find(ps.PropertyData, field("phase") == "solid").one()
    with pytest.raises(MultipleMatchesError, match="7 are found"):
        everything.one()


def test_a_selection_is_lazy_and_searches_each_time(store):
    selection = store.find(ps.PropertyData)
    assert selection.count() == 0
    store.store_object(density())
    assert selection.count() == 1
    assert selection.first().record == density()


def test_find_without_a_type_of_its_own_searches_all_types(store, tmp_path):
    fill(store)
    store.store_object(box(), box_files(tmp_path / "files"))
    found = store.find(ps.StoredData, field("substance") == WATER)
    assert {type(match.record) for match in found} == {ps.PropertyData, ps.StoredSimulationData}
    assert store.find(ps.StoredData, field("statistical_inefficiency") > 1.5).count() == 1


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (
            lambda s: s.find(ps.PropertyData, field("thermodynamic_state.temprature") == "1 K"),
            UnknownFieldError,
            r"did you mean 'thermodynamic_state\.temperature'",
        ),
        (
            lambda s: s.find(ps.PropertyData, field(TEMPERATURE) == "1 atm"),
            DimensionError,
            "temperature",
        ),
        (
            lambda s: s.find(ps.PropertyData, field(TEMPERATURE) == 298.15),
            DimensionError,
            "no unit",
        ),
        (
            lambda s: s.find(ps.PropertyData, field("phase") == "liqud"),
            QueryError,
            "did you mean 'liquid'",
        ),
        (
            lambda s: s.find(ps.PropertyData).order_by("temperature"),
            UnknownFieldError,
            "did you mean",
        ),
        (lambda s: s.find(ps.PropertyData).order_by("substance"), QueryError, "has parts"),
        (lambda s: s.find(ps.PropertyData).nearest(), QueryError, "needs a temperature"),
        (lambda s: s.find(ps.PropertyData).nearest(temperature="0 K"), QueryError, "above 0 K"),
        (lambda s: s.find(ps.PropertyData).limit(-1), QueryError, "-1"),
        (lambda s: s.find("PropertyData"), QueryError, "not a record type"),
        (lambda s: s.find(ps.PropertyData, "phase"), QueryError, "not a condition"),
        (lambda s: s.find(ps.ForceFieldData, ps.contains("O")), UnknownFieldError, "'substance'"),
        (lambda s: s.query(field("phase") == "gas"), QueryError, "not a data query"),
        (
            lambda s: s.find(ps.PropertyData, field("source").matches("(")),
            QueryError,
            "regular expression",
        ),
    ],
)
def test_a_mistake_in_a_query_is_an_error_when_it_is_built(store, make, error, says):
    with pytest.raises(error, match=says):
        make(store)


def test_a_field_with_another_meaning_in_another_type_needs_one_type(store):
    class Sample(ps.HashableStoredData, type_name="tests.sample@v1"):
        phase: float

    with pytest.raises(QueryError, match="search for records of one type"):
        store.find(ps.StoredData, field("phase") == "gas")
    key = store.store_object(Sample(phase=1.5))
    store.store_object(density())
    assert store.find(Sample, field("phase") > 1).keys() == [key]


def test_a_field_that_got_a_default_later_is_found_in_older_documents(tmp_path):
    store = ps.LocalFileStorage(tmp_path)

    class Before(ps.HashableStoredData, type_name="tests.growing@v1"):
        size: int

    Before.__module__ = "somewhere"
    store.store_object(Before(size=1))
    with pytest.MonkeyPatch.context() as patch:
        from propstore.model import registry

        patch.delitem(registry._classes, "tests.growing")

        class After(ps.HashableStoredData, type_name="tests.growing@v1"):
            size: int
            colour: str = "blue"

        assert store.find(After, field("colour") == "blue").count() == 1
        assert store.find(After, field("colour") == "red").count() == 0
        assert store.find(After, field("colour").exists()).count() == 1


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


def test_records_that_a_later_program_stored_are_reported_when_an_answer_lacks_them(tmp_path):
    store = ps.LocalFileStorage(tmp_path)
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
def filled(tmp_path_factory) -> list[ps.StorageBackend]:
    path: Path = tmp_path_factory.mktemp("filled")
    stores = [ps.LocalFileStorage(path / "store"), ps.MemoryStorage(), DictBackend(path)]
    for record, tags in random_records():
        for store in stores:
            store.store_object(record, tags=tags)
    return stores


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(condition=conditions)
def test_every_backend_gives_the_answer_of_plain_python(filled, condition):
    bound = condition.bind(ps.PropertyData)
    for store in filled:
        everything = [match.record for match in store.find(ps.PropertyData)]
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
    for store in filled:
        selection = store.find(ps.PropertyData, condition).order_by(path, descending=descending)
        if near:
            selection = selection.nearest(temperature="301 K", pressure="1.5 bar")
        if limit is not None:
            selection = selection.limit(limit)
        answers.append([match.record for match in selection])
    assert answers[0] == answers[1] == answers[2]


def test_a_search_that_sqlite_can_say_whole_leaves_nothing_to_python(local):
    fill(local)
    explanation = local.find(
        ps.PropertyData, field("substance") == WATER, field(TEMPERATURE) == "25 degC"
    ).explain()
    assert "records_by_substance" in explanation
    assert "Python" not in explanation
    assert "Python" in local.find(ps.PropertyData, field("source").matches("x")).explain()


def test_reading_on_while_others_write_gives_a_state_that_was(local):
    with local.batch():
        for i in range(2500):
            local.store_object(density(f"{250 + i / 100} K"))
    seen = 0
    for match in local.find(ps.PropertyData):
        seen += 1
        if seen == 10:
            local.store_object(density("600 K"))
            local.remove_object(match.key)
    assert seen == 2500
    assert local.find(ps.PropertyData).count() == 2500


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


def test_no_warning_is_given_where_nothing_is_left_out(store):
    fill(store)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store.find(ps.PropertyData).count() == 7

"""What is asked for: its digest, and the identity of a record that is not there yet."""

from __future__ import annotations

import pickle
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

import pytest

import propstore as ps
from propstore.errors import DimensionError, InvalidDataError, QueryError, UnfitResultError
from tests.samples import AQUEOUS_ETHANOL, WATER, box, box_files
from tests.sharing.calculations import never, wanted

STATE = ps.ThermodynamicState("298.15 K", "1 atm")


def box_identity(**fields: object) -> ps.RecordIdentity:
    """Give the identity of the box of the samples, with other fields if they are given."""
    about = {
        "substance": WATER,
        "thermodynamic_state": STATE,
        "phase": "liquid",
        "number_of_molecules": 256,
    }
    return ps.RecordIdentity(ps.StoredSimulationData, **{**about, **fields})


class Ensemble(StrEnum):
    NVT = "nvt"
    NPT = "npt"


class Protocol(ps.ReplaceableData, type_name="tests.protocol@v1"):
    """A record whose identity has fields of many kinds."""

    identity_fields: ClassVar[tuple[str, ...]] = ("steps", "ensemble", "barostat", "cutoff", "note")

    steps: tuple[int, ...]
    ensemble: Ensemble
    barostat: dict[str, float]
    cutoff: ps.Quantity
    note: str | None = None
    quality: float = 0.0

    @classmethod
    def most_information(cls, stored, candidate):
        return candidate if candidate.quality > stored.quality else stored


PROTOCOL = {
    "steps": (1, 2),
    "ensemble": "npt",
    "barostat": {"tau": 2.0},
    "cutoff": "0.9 nm",
}


def test_the_same_in_other_units_has_the_same_digest():
    assert ps.Request(wanted("25 degC")).name == ps.Request(wanted("298.15 K")).name


@pytest.mark.parametrize(
    "other",
    [
        wanted("298.16 K"),
        wanted(phase="liquid"),
        ps.PropertyDataQuery(substance=WATER),
        wanted(temperature_tolerance="1 K"),
        wanted(substance_query=ps.SubstanceQuery(components_only=True)),
        ps.SimulationDataQuery(substance=WATER, thermodynamic_state=STATE),
    ],
)
def test_what_asks_for_something_else_has_another_digest(other):
    assert ps.Request(wanted()).name != ps.Request(other).name


def test_demands_have_no_part_in_the_digest_but_make_another_request():
    plain = ps.Request(wanted())
    demanding = ps.Request(wanted(), ps.at_most("uncertainty", "1 kg/m**3"))
    same = ps.Request(wanted("25 degC"), ps.at_most("uncertainty", "0.001 g/ml"))
    assert plain.name == demanding.name
    assert plain != demanding
    assert demanding == same
    assert hash(demanding) == hash(same)


@pytest.mark.parametrize(
    "asked",
    [
        wanted(),
        box_identity(),
        ps.RecordIdentity(Protocol, **PROTOCOL),
    ],
)
def test_a_request_comes_whole_to_another_process(asked):
    request = ps.Request(asked)
    assert pickle.loads(pickle.dumps(request)) == request


def test_an_identity_is_that_of_the_record():
    assert box_identity().identity == box().identity()
    protocol = Protocol(**PROTOCOL, quality=3.0)
    assert ps.RecordIdentity(Protocol, **PROTOCOL).identity == protocol.identity()


def test_an_identity_finds_the_record_whatever_else_it_says(store, tmp_path):
    key = store.store_object(box(7.0), box_files(tmp_path / "files"))
    assert store.compute_once(box_identity(), never).key == key


def test_a_record_of_the_identity_is_calculated_and_stored(store, tmp_path):
    files = box_files(tmp_path / "files")
    _, record, path = store.compute_once(box_identity(), lambda: (box(), files))
    assert record == box()
    assert (Path(path) / "box.pdb").exists()


def test_a_record_of_another_identity_is_refused_with_the_fields_that_differ(store, tmp_path):
    files = box_files(tmp_path / "files")
    identity = box_identity(number_of_molecules=512, substance=AQUEOUS_ETHANOL)
    with pytest.raises(UnfitResultError) as caught:
        store.compute_once(identity, lambda: (box(), files))
    assert "number_of_molecules 256, asked 512" in str(caught.value)
    assert "substance O, asked" in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("steps", (1, 3), "steps (1, 2), asked (1, 3)"),
        ("ensemble", "nvt", "ensemble npt, asked nvt"),
        ("barostat", {"tau": 1.0}, "asked {'tau': 1.0}"),
        ("cutoff", "1.2 nm", "cutoff 0.9 nm, asked 1.2 nm"),
        ("note", "x", "no note, asked 'x'"),
    ],
)
def test_identity_fields_of_all_kinds_are_compared(store, field, value, says):
    identity = ps.RecordIdentity(Protocol, **{**PROTOCOL, field: value})
    with pytest.raises(UnfitResultError) as caught:
        store.compute_once(identity, lambda: Protocol(**PROTOCOL))
    assert says in str(caught.value)
    store.store_object(Protocol(**PROTOCOL))
    (near,) = store.explain_miss(identity).nearest
    assert [one.field for one in near.differences] == [field]


def test_demands_are_made_of_an_identity_too(store):
    request = ps.Request(ps.RecordIdentity(Protocol, **PROTOCOL), ps.at_least("quality", 2.0))
    store.store_object(Protocol(**PROTOCOL, quality=1.0))

    def improve(best):
        assert best.record.quality == 1.0
        return Protocol(**PROTOCOL, quality=2.0)

    assert store.compute_once(request, improve).record.quality == 2.0
    assert store.compute_once(request, never).record.quality == 2.0


@pytest.mark.parametrize(
    ("make", "error", "why"),
    [
        (lambda: ps.RecordIdentity(ps.PropertyData, value="1 K"), QueryError, "ask by a query"),
        (lambda: ps.RecordIdentity(ps.ReplaceableData), QueryError, "ask by a query"),
        (lambda: ps.RecordIdentity("box"), QueryError, "ask by a query"),
        (lambda: box_identity(size=1), InvalidDataError, "'size' is no identity field"),
        (lambda: box_identity(number_of_molecules=0), InvalidDataError, "greater than or equal"),
        (lambda: box_identity(phase="plasma"), InvalidDataError, "'plasma' is not a phase"),
        (lambda: box_identity(thermodynamic_state=298.15), InvalidDataError, "thermodynamic_state"),
        (
            lambda: ps.RecordIdentity(ps.StoredSimulationData, substance=WATER),
            InvalidDataError,
            "thermodynamic_state has no default",
        ),
        (
            lambda: ps.RecordIdentity(Protocol, **{**PROTOCOL, "cutoff": 0.9}),
            DimensionError,
            "no unit",
        ),
    ],
)
def test_what_is_no_identity_is_refused(make, error, why):
    with pytest.raises(error, match=why):
        make()


def test_it_reads_as_what_was_asked_for():
    text = str(ps.Request(wanted()))
    assert text.startswith("PropertyData of substance O, temperature 298.15 K, pressure 1.0 atm")
    assert repr(ps.at_most("uncertainty", "1 K")) in repr(
        ps.Request(wanted(), ps.at_most("uncertainty", "1 K"))
    )

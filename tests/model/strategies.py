"""Hypothesis strategies for everything that propstore stores."""

from __future__ import annotations

from datetime import UTC

from hypothesis import settings
from hypothesis import strategies as st

import propstore as ps
from propstore.model import Provenance

thorough = settings(max_examples=60, deadline=None)  # the first example imports RDKit and pint

SMILES = ["O", "CO", "CCO", "c1ccccc1", "C[C@H](O)F", "[Na+]", "[Cl-]", "[2H]O[2H]", "O=C=O"]
UNITS = ["K", "degC", "delta_degC", "kPa", "atm", "g/ml", "kcal/mol", "µm", "dimensionless", "%"]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
names = texts.filter(bool)
file_names = st.from_regex(r"[a-z0-9_]{1,12}\.[a-z]{3}", fullmatch=True)
numbers = st.floats(min_value=-1e12, max_value=1e12)
quantities = st.builds(ps.Quantity, numbers, st.sampled_from(UNITS))

components = st.builds(
    ps.Component, st.sampled_from(SMILES), st.sampled_from(ps.ComponentRole)
) | st.builds(lambda label: ps.Component(label=label), st.from_regex(r"[a-z]{1,9}", fullmatch=True))


@st.composite
def substances(draw: st.DrawFn) -> ps.Substance:
    """Give a substance with mole fractions, exact amounts, or both."""
    chosen = draw(st.lists(components, min_size=1, max_size=4, unique=True))
    weights = [draw(st.integers(0, 1000)) for _ in chosen]
    total = sum(weights)
    pairs = []
    for component, weight in zip(chosen, weights, strict=True):
        amounts: list[ps.MoleFraction | ps.ExactAmount] = []
        if weight:
            amounts.append(ps.MoleFraction(weight / total))
        if not weight or draw(st.booleans()):
            amounts.append(ps.ExactAmount(draw(st.integers(1, 500))))
        pairs.append((component, amounts))
    return ps.Substance(pairs)


temperatures = st.builds(
    ps.Quantity, st.integers(1, 20_000_000).map(lambda n: n / 1e4), st.just("K")
)
pressures = st.builds(ps.Quantity, st.integers(0, 10**9).map(lambda n: n / 1e4), st.just("kPa"))
states = st.builds(ps.ThermodynamicState, temperatures, st.none() | pressures)
phases = st.sets(st.sampled_from(list(ps.PropertyPhase)), min_size=1).map(
    lambda several: ps.PropertyPhase.parse("+".join(map(str, several)))
)
tags = st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,9}", fullmatch=True), texts)
provenances = st.none() | st.builds(
    Provenance, time=st.datetimes(timezones=st.just(UTC)), user=texts, host=texts, propstore=texts
)

densities = st.integers(1, 10**6).map(lambda n: n / 1e3)
property_data = st.builds(
    ps.PropertyData,
    property_type=st.just("Density") | names,
    substance=substances(),
    thermodynamic_state=states,
    phase=phases,
    value=st.builds(ps.Quantity, densities, st.just("kg/m**3")),
    uncertainty=st.none() | st.builds(ps.Quantity, densities, st.just("g/ml")),
    source=st.none() | texts,
    force_field_id=st.none() | texts,
    tags=tags,
    provenance=provenances,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
force_field_data = st.builds(
    ps.ForceFieldData,
    force_field_source=names,
    source_type=names,
    settings=st.dictionaries(texts, json_values, max_size=3),
    tags=tags,
)

_system = {
    "substance": substances(),
    "thermodynamic_state": states,
    "phase": phases,
    "source_calculation_id": st.none() | texts,
    "force_field_id": st.none() | texts,
    "coordinate_file_name": file_names,
    "tags": tags,
}
simulation_data = st.builds(
    ps.StoredSimulationData,
    **_system,
    trajectory_file_name=st.none() | file_names,
    statistical_inefficiency=st.floats(min_value=1e-3, max_value=1e6),
    number_of_molecules=st.integers(1, 10**6),
)
equilibration_data = st.builds(
    ps.StoredEquilibrationData,
    **_system,
    statistical_inefficiency=st.floats(min_value=1e-3, max_value=1e6),
    number_of_molecules=st.integers(1, 500),
    max_number_of_molecules=st.none() | st.integers(500, 10**6),
    calculation_layer=st.none() | texts,
)
free_energy_data = st.builds(
    ps.StoredFreeEnergyData,
    **_system,
    free_energy_difference=st.builds(ps.Quantity, numbers, st.just("kcal/mol")),
    topology_file_name=st.none() | file_names,
)

records = property_data | force_field_data | simulation_data | equilibration_data | free_energy_data
models = (
    quantities
    | components
    | substances()
    | states
    | st.builds(ps.MoleFraction, st.floats(min_value=1e-9, max_value=1.0))
    | st.builds(ps.ExactAmount, st.integers(1, 10**6))
    | provenances.filter(bool)
)

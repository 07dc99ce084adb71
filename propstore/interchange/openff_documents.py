"""The documents of OpenFF Evaluator: its JSON, with ``@type`` tags, as propstore's records.

The tags only choose a record type by the last part of their name; nothing that they name is
imported or run. What a document says and its record has no field for is kept all the same: a
string or a number as a tag, anything else as a JSON file beside the record's files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from propstore.errors import InterchangeError
from propstore.model.amounts import Amount, ExactAmount, MoleFraction
from propstore.model.component import Component, ComponentRole
from propstore.model.phase import PropertyPhase
from propstore.model.quantity import Quantity
from propstore.model.records import (
    ForceFieldData,
    StoredEquilibrationData,
    StoredFreeEnergyData,
    StoredSimulationData,
)
from propstore.model.state import ThermodynamicState
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance

__all__ = ["OpenFFObject", "read_document"]

SIMULATION_TYPES: Mapping[str, type[StoredData]] = MappingProxyType(
    {
        "StoredEquilibrationData": StoredEquilibrationData,
        "StoredFreeEnergyData": StoredFreeEnergyData,
        "StoredSimulationData": StoredSimulationData,
    }
)
RENAMED_FIELDS = MappingProxyType(
    {"property_phase": "phase", "statistics_file_name": "observables_file_name"}
)
"""OpenFF Evaluator's names of fields that propstore calls otherwise.

Its releases before 0.3 kept the observables in a file of "statistics", later ones keep them in
the document.
"""
ROLES = MappingProxyType(
    {
        "solv": ComponentRole.SOLVENT,
        "sol": ComponentRole.SOLUTE,
        "lig": ComponentRole.LIGAND,
        "rec": ComponentRole.RECEPTOR,
    }
)
NOT_IN_DOCUMENTS = frozenset({"tags", "provenance"})
FORCE_FIELD_SUFFIX = "ForceFieldSource"
SHOWN_LENGTH = 80


@dataclass(frozen=True)
class OpenFFObject:
    """What one document says.

    Attributes
    ----------
    type_name
        The type that the document gives itself, such as ``"StoredSimulationData"``.
    record
        The record, with all that it has fields for.
    tags
        The strings and numbers that it has no field for.
    files
        The structures that it has no field for: the name of a JSON file, and its text.
    """

    type_name: str
    record: StoredData
    tags: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def read_document(text: str, force_field_keys: Mapping[str, str]) -> OpenFFObject:
    """Read a document that OpenFF Evaluator wrote.

    Parameters
    ----------
    text
        The document as JSON.
    force_field_keys
        The keys of force fields that are stored under another key than the document's.

    Raises
    ------
    InterchangeError
        If it is not JSON, not of a known type, or lacks something.
    InvalidDataError
        If a value in it is not valid.
    """
    document = _parsed(text)
    name = _type_name(document)
    if name == "ForceFieldData":
        return OpenFFObject(name, _force_field(document))
    if name not in SIMULATION_TYPES:
        known = ", ".join(["ForceFieldData", *SIMULATION_TYPES])
        raise InterchangeError(f"{_shown(document)} is of none of the types {known}")
    return _simulation(name, document, force_field_keys)


def _parsed(text: str) -> Any:
    try:
        document = json.loads(text)
        # An escape may stand for half a character, which no text that is stored can have.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InterchangeError(f"it is not JSON: {error}") from error
    return document


def _force_field(document: Any) -> ForceFieldData:
    source = _get(document, "force_field_source")
    source_type = _type_name(source).removesuffix(FORCE_FIELD_SUFFIX).lower()
    if not source_type or source_type == _type_name(source).lower():
        raise InterchangeError(f"{_shown(source)} is not the source of a force field")
    is_smirnoff = source_type == "smirnoff"
    text = _get(source, "inner_xml") if is_smirnoff else json.dumps(source, sort_keys=True)
    fields: dict[str, Any] = {"force_field_source": text, "source_type": source_type}
    return ForceFieldData(**fields)


def _simulation(name: str, document: Any, force_field_keys: Mapping[str, str]) -> OpenFFObject:
    record_type = SIMULATION_TYPES[name]
    fields: dict[str, Any] = {}
    tags: dict[str, str] = {}
    files: dict[str, str] = {}
    for given_name, given in document.items():
        field_name = RENAMED_FIELDS.get(given_name, given_name)
        if given_name == "@type" or _is_undefined(given):
            continue
        if field_name in record_type.model_fields and field_name not in NOT_IN_DOCUMENTS:
            fields[field_name] = _DECODERS.get(field_name, _plain)(given)
        elif isinstance(_plain(given), str | int | float):
            tags[given_name] = str(_plain(given))
        else:
            files[_json_file_name(given_name)] = json.dumps(given)
    if "observables.json" in files:
        fields.setdefault("observables_file_name", "observables.json")
    if record_type is StoredFreeEnergyData:
        fields.setdefault("coordinate_file_name", fields.get("topology_file_name"))
        # The record has the difference itself; its error and its gradients are kept as they are.
        files["free_energy_difference.json"] = json.dumps(document.get("free_energy_difference"))
    identifier = fields.get("force_field_id")
    if isinstance(identifier, str):
        fields["force_field_id"] = force_field_keys.get(identifier, identifier)
    return OpenFFObject(name, record_type(**fields), tags, files)


def _json_file_name(field_name: str) -> str:
    if not field_name.isidentifier():
        raise InterchangeError(f"{field_name!r} is not the name of a field")
    return f"{field_name}.json"


def _substance(given: Any) -> Substance:
    amounts = _get(given, "amounts")
    components = []
    for one in _get(given, "components"):
        smiles, role = _get(one, "smiles"), _plain(_get(one, "role"))
        if not isinstance(role, str) or role not in ROLES:
            raise InterchangeError(f"{role!r} is not a role; known are {', '.join(ROLES)}")
        entries = _plain(_get(amounts, f"{smiles}{{{role}}}"))
        components.append((Component(smiles, ROLES[role]), [_amount(entry) for entry in entries]))
    return Substance(components)


def _amount(given: Any) -> Amount:
    value = _plain(_get(given, "value"))
    match _type_name(given):
        case "MoleFraction":
            return MoleFraction(value)
        case "ExactAmount":
            return ExactAmount(value)
    raise InterchangeError(f"{_shown(given)} is neither a MoleFraction nor an ExactAmount")


def _state(given: Any) -> ThermodynamicState:
    pressure = given.get("pressure") if isinstance(given, dict) else None
    return ThermodynamicState(
        _quantity(_get(given, "temperature")),
        None if _is_undefined(pressure) else _quantity(pressure),
    )


def _quantity(given: Any) -> Quantity:
    """Read a quantity, or the nominal value of a measurement or an observable."""
    given = _plain(given)
    unit = _get(given, "unit")
    return Quantity(_plain(_get(given, "value")), "dimensionless" if unit is None else unit)


def _phase(given: Any) -> PropertyPhase:
    number = _plain(given)
    if not isinstance(number, int) or not 1 <= number <= 7:
        raise InterchangeError(
            f"{number!r} is not a phase: 1 is solid, 2 liquid, 4 gas, and a sum is a union"
        )
    return PropertyPhase(number)


_DECODERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "substance": _substance,
        "thermodynamic_state": _state,
        "phase": _phase,
        "free_energy_difference": _quantity,
    }
)


def _plain(given: Any) -> Any:
    """Take a value out of what OpenFF Evaluator wraps it in: an enum, a numpy scalar, a set."""
    while isinstance(given, dict) and "value" in given and "unit" not in given:
        given = given["value"]
    return given


def _is_undefined(given: Any) -> bool:
    return given is None or (isinstance(given, dict) and list(given) == ["@type"])


def _get(document: Any, name: str) -> Any:
    if not isinstance(document, dict) or name not in document:
        raise InterchangeError(f"{_shown(document)} has no {name!r}")
    return document[name]


def _type_name(document: Any) -> str:
    """Give the last part of a ``@type`` tag; empty where there is none."""
    tag = document.get("@type") if isinstance(document, dict) else None
    return tag.rpartition(".")[2] if isinstance(tag, str) else ""


def _shown(document: Any) -> str:
    text = _type_name(document) or repr(document)
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}..."

"""Small files in the formats that are imported, as the programs of origin write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HEADER = (
    "Id,Temperature (K),Pressure (kPa),Phase,N Components,"
    "Component 1,Role 1,Mole Fraction 1,Exact Amount 1,"
    "Component 2,Role 2,Mole Fraction 2,Exact Amount 2,"
    "Density Value (g / ml),Density Uncertainty (g / ml),"
    "EnthalpyOfMixing Value (kJ / mol),EnthalpyOfMixing Uncertainty (kJ / mol),Source"
)
WATER = "1,298.15,101.325,Liquid,1,O,Solvent,1.0,0,,,,,0.99704,,,,10.1000/water"
METHANOL = "2,298.15,101.325,Liquid,1,CO,Solvent,1.0,0,,,,,0.7866000000000002,0.0002,,,lab"
MIXTURE = "3,298.15,101.0,Liquid,2,O,Solvent,0.75,0,CO,Solvent,0.25,0,,,-0.72,0.01,10.1000/mix"


def table(*rows: str, header: str = HEADER) -> str:
    """Write a property table."""
    return "".join(f"{line}\n" for line in (header, *rows))


def row(**cells: str) -> str:
    """Write the row of water with other cells: ``row(**{"Phase": "Plasma"})``."""
    names = HEADER.split(",")
    unknown = set(cells).difference(names)
    assert not unknown, f"the table has no columns {unknown}"
    given = dict(zip(names, WATER.split(","), strict=True))
    return ",".join({**given, **cells}.values())


class OpenFFStore:
    """A store as the ``LocalFileStorage`` of OpenFF Evaluator writes it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._keys: dict[str, list[Any]] = {}
        directory.mkdir()
        self._write_keys()

    def list_key(self, type_name: str, key: Any) -> None:
        """Name a key, as for an object whose files are gone."""
        self._keys.setdefault(type_name, []).append(key)
        self._write_keys()

    def add(self, key: str, document: dict[str, Any], files: dict[str, bytes] | None = None) -> str:
        """Write an object: its document and, if it has any, its files."""
        self.list_key(document["@type"].rpartition(".")[2], key)
        (self.directory / f"{key}.json").write_text(json.dumps(document), encoding="utf-8")
        if files is not None:
            (self.directory / key).mkdir()
            for name, content in files.items():
                (self.directory / key / name).write_bytes(content)
        return key

    def _write_keys(self) -> None:
        listed = {
            "object_keys": self._keys,
            "@type": "openff.evaluator.storage.storage.StorageBackend._ObjectKeyData",
        }
        text = json.dumps(listed)
        (self.directory / "object_keys.json").write_text(text, encoding="utf-8")


def quantity(value: Any, unit: str | None) -> dict[str, Any]:
    """Write a quantity as OpenFF Evaluator does."""
    return {"value": value, "unit": unit, "@type": "openff.evaluator.unit.Quantity"}


def substance(*components: tuple[str, str, str, float]) -> dict[str, Any]:
    """Write a substance of components: SMILES, role, type of the amount, amount."""
    package = "openff.evaluator.substances"
    return {
        "components": [
            {
                "smiles": smiles,
                "role": {"value": role, "@type": f"{package}.components.Component.Role"},
                "@type": f"{package}.components.Component",
            }
            for smiles, role, _, _ in components
        ],
        "amounts": {
            f"{smiles}{{{role}}}": [{"value": amount, "@type": f"{package}.amounts.{kind}"}]
            for smiles, role, kind, amount in components
        },
        "@type": f"{package}.substances.Substance",
    }


def force_field(kind: str = "Smirnoff", **source: Any) -> dict[str, Any]:
    """Write a force field of a kind of source; without more, an empty one of SMIRNOFF."""
    tag = f"openff.evaluator.forcefield.forcefield.{kind}ForceFieldSource"
    content = source or {"inner_xml": "<?xml version='1.0'?>\n<SMIRNOFF/>"}
    return {
        "force_field_source": {**content, "@type": tag},
        "@type": "openff.evaluator.storage.data.ForceFieldData",
    }


def simulation(type_name: str = "StoredEquilibrationData", **changes: Any) -> dict[str, Any]:
    """Write the result of a simulation of water; a field that is None is left out."""
    fields: dict[str, Any] = {
        "substance": substance(("O", "solv", "MoleFraction", 1.0)),
        "thermodynamic_state": {
            "temperature": quantity(298.15, "kelvin"),
            "pressure": quantity(101.325, "kilopascal"),
            "@type": "openff.evaluator.thermodynamics.ThermodynamicState",
        },
        "property_phase": 2,
        "source_calculation_id": "calculation",
        "force_field_id": "forcefield",
        "coordinate_file_name": "output.pdb",
        "statistical_inefficiency": 1.5,
        "number_of_molecules": 256,
        **changes,
        "@type": f"openff.evaluator.storage.data.{type_name}",
    }
    return {name: value for name, value in fields.items() if value is not None}

"""The components of a substance: molecules by their canonical SMILES, all else by a label."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from pydantic import Field, ValidationInfo, field_validator, model_validator

from propstore.errors import InvalidDataError, InvalidSmilesError
from propstore.model.validation import (
    TRUSTED,
    FrozenModel,
    base_init,
    is_none,
    nearest_names,
    shown,
)

__all__ = ["Component", "ComponentRole", "canonical_smiles", "canonicaliser"]

LABEL_PREFIX = "label:"
MAXIMUM_LABEL_LENGTH = 200


class ComponentRole(StrEnum):
    """The part that a component plays in a substance."""

    SOLVENT = "solvent"
    SOLUTE = "solute"
    LIGAND = "ligand"
    RECEPTOR = "receptor"

    @classmethod
    def _missing_(cls, value: object) -> ComponentRole | None:
        if isinstance(value, str):
            for role in cls:
                if role.value == value.strip().lower():
                    return role
        return None


class Component(FrozenModel):
    """One component of a substance.

    Parameters
    ----------
    smiles
        The molecule as SMILES; RDKit makes it canonical, so that ``"OC"`` is ``"CO"``.
    role
        The part that it plays; a solvent unless told otherwise.
    label
        The name of what has no SMILES, such as a protein or a crystal; given instead of
        ``smiles``.

    Raises
    ------
    InvalidSmilesError
        If RDKit can't read the SMILES.
    InvalidDataError
        If there are both a SMILES and a label, or neither.
    """

    smiles: str | None = Field(default=None, exclude_if=is_none)
    role: ComponentRole = ComponentRole.SOLVENT
    label: str | None = Field(default=None, exclude_if=is_none)

    @base_init
    def __init__(
        self,
        smiles: str | None = None,
        role: ComponentRole | str = ComponentRole.SOLVENT,
        *,
        label: str | None = None,
    ) -> None:
        super().__init__(smiles=smiles, role=_known_role(role), label=label)

    @field_validator("smiles")
    @classmethod
    def _make_canonical(cls, smiles: str | None, info: ValidationInfo) -> str | None:
        return smiles if smiles is None or info.context is TRUSTED else canonical_smiles(smiles)

    @field_validator("label")
    @classmethod
    def _check_label(cls, label: str | None) -> str | None:
        if label is None:
            return None
        label = label.strip()
        if not label or len(label) > MAXIMUM_LABEL_LENGTH or not label.isprintable():
            raise InvalidDataError(
                f"{shown(label)} is not a label: give 1 to {MAXIMUM_LABEL_LENGTH} printable "
                "characters."
            )
        return label

    @model_validator(mode="after")
    def _be_one_thing(self) -> Component:
        if (self.smiles is None) == (self.label is None):
            given = "neither was" if self.smiles is None else "both were"
            raise InvalidDataError(f"a component has a SMILES or a label; {given} given.")
        return self

    @property
    def name(self) -> str:
        """The canonical SMILES, or ``"label:..."``, under which a component is found."""
        return self.smiles if self.smiles is not None else f"{LABEL_PREFIX}{self.label}"

    def __str__(self) -> str:
        text = self.smiles if self.smiles is not None else str(self.label)
        return text if self.role is ComponentRole.SOLVENT else f"{text} ({self.role})"

    def __repr__(self) -> str:
        what = repr(self.smiles) if self.smiles is not None else f"label={self.label!r}"
        role = "" if self.role is ComponentRole.SOLVENT else f", role={self.role.value!r}"
        return f"Component({what}{role})"


def _known_role(role: ComponentRole | str) -> ComponentRole:
    try:
        return ComponentRole(role)
    except ValueError:
        known = nearest_names(str(role), [one.value for one in ComponentRole])
        raise InvalidDataError(f"{role!r} is not a role; {known}") from None


@lru_cache(maxsize=65536)
def canonical_smiles(smiles: str) -> str:
    """Write a SMILES in RDKit's canonical form.

    Raises
    ------
    InvalidSmilesError
        If RDKit can't read it.
    """
    from rdkit import Chem, rdBase

    text = smiles.strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidSmilesError(
            f"{shown(smiles)} is not a SMILES: it is empty, or has spaces or other "
            "characters in it that no SMILES has."
        )
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(text)
    if molecule is None:
        raise InvalidSmilesError(
            f"{shown(smiles)} is not a SMILES that RDKit can read; "
            "what has none (a protein, a crystal) is given by label=..."
        )
    return str(Chem.MolToSmiles(molecule))


def canonicaliser() -> str:
    """Name the program that makes SMILES canonical, with its version."""
    from importlib.metadata import version

    return f"rdkit {version('rdkit')}"

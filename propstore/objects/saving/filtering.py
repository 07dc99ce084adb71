"""Packing without those parts that were to be left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from propstore.objects.values.instances import InstanceKind
from propstore.objects.values.packer import TAG, Packer
from propstore.objects.values.raw_document import step_of
from propstore.objects.values.scalars import SPECIAL_SCALARS
from propstore.objects.values.unstorable import UnstorableError

if TYPE_CHECKING:
    import numpy

__all__ = ["FilteringPacker"]

_is_special = SPECIAL_SCALARS[str].is_special


class FilteringPacker(Packer):
    """What packs a value, but for the dict entries and fields whose paths match.

    Parameters
    ----------
    has_place, copies
        As `Packer` has them.
    pattern : re.Pattern
        What is searched for in paths, such as ``"runs/3/forces"``.
    """

    def __init__(
        self,
        has_place: Callable[[numpy.dtype[Any], int], bool],
        *,
        copies: bool,
        pattern: re.Pattern[str],
    ) -> None:
        super().__init__(has_place, copies=copies)
        self._pattern = pattern
        self._way: list[str] = []

    def items(self, values: Iterable[Any]) -> list[Any]:
        """Encode the items of a sequence or a set, knowing the way to each."""
        encoded: list[Any] = []
        for value in values:
            self._way.append(str(len(encoded)))
            try:
                encoded.append(self.encode(value))
            except UnstorableError as error:
                raise error.inside(f"[{len(encoded)}]") from None
            self._way.pop()
        return encoded

    def members(self, values: Mapping[str, Any], encoded: dict[str, Any]) -> dict[str, Any]:
        """Encode those members that are not left out."""
        for key, value in values.items():
            if TAG in encoded and key.startswith(TAG):  # what a model has beside its fields
                super().members({key: value}, encoded)
                continue
            self._way.append(key)
            if not self._pattern.search("/".join(self._way)):
                super().members({key: value}, encoded)
            self._way.pop()
        return encoded

    def _dict(self, value: dict[Any, Any]) -> dict[str, Any]:
        if all(type(key) is str and not _is_special(key) for key in value) and TAG not in value:
            return self.members(value, {})
        pairs = []
        for key, item in value.items():
            try:
                encoded = self.encode(key)
                self._way.append(key if type(key) is str else step_of(encoded))
                if not self._pattern.search("/".join(self._way)):
                    pairs.append([encoded, self.encode(item)])
            except UnstorableError as error:
                raise error.inside(f"[{key!r}]") from None
            self._way.pop()
        return {TAG: "dict", "items": pairs}

    def _list(self, value: list[Any]) -> list[Any]:
        return self.items(value)

    def _instance_encoder(self, kind: type, instance_kind: InstanceKind) -> Callable[[Any], Any]:
        encode_all = super()._instance_encoder(kind, instance_kind)

        def encode(value: Any) -> Any:
            encoded = encode_all(value)
            lacking = sorted(instance_kind.required - encoded.keys())
            if lacking:
                raise UnstorableError(
                    f"{', '.join(lacking)} was to be left out of a {kind.__qualname__}, whose "
                    "class has no default for it"
                )
            return encoded

        return encode

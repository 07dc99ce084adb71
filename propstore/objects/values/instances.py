"""Instances of classes as the dict of what they hold, and back without running their code."""

from __future__ import annotations

import dataclasses
import enum
from abc import ABC, abstractmethod
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from propstore.errors import SerializationError
from propstore.objects.serializers.serializer import imported_types

__all__ = ["InstanceKind", "is_kept", "kind_of"]

State = dict[str, Any]


class InstanceKind(ABC):
    """What takes instances of one class apart, and puts them together again.

    Parameters
    ----------
    cls : type
        The class.
    """

    def __init__(self, cls: type) -> None:
        self.cls = cls

    @abstractmethod
    def state(self, instance: Any) -> State:
        """Give what an instance holds; the caller doesn't change it."""

    @property
    @abstractmethod
    def required(self) -> set[str]:
        """What an instance can't be without, since the class gives no default."""

    @abstractmethod
    def build(self, state: State) -> Any:
        """Make an instance that holds something; the state is the caller's no longer.

        Raises
        ------
        SerializationError
            If it lacks what the class needs by now.
        """

    def _check(self, state: State) -> None:
        lacking = sorted(self.required - state.keys())
        if lacking:
            raise SerializationError(
                f"what is stored of a {self.cls.__module__}.{self.cls.__qualname__} has no "
                f"{', '.join(lacking)}, and the class gives no default"
            )


class DataclassKind(InstanceKind):
    """Dataclasses: their fields, and whatever else they were given as attributes.

    Neither ``__init__`` nor ``__post_init__`` is run. What a ``cached_property`` holds is left out.
    """

    def __init__(self, cls: type) -> None:
        super().__init__(cls)
        self._names = {field.name for field in dataclasses.fields(cls)}
        slots = [name for base in cls.__mro__ for name in _slots(base)]
        self._slots = [name for name in slots if name not in ("__dict__", "__weakref__")]
        self._left_out = {
            name
            for base in cls.__mro__
            for name, value in vars(base).items()
            if isinstance(value, cached_property)
        }
        self._is_plain = not self._slots and not self._left_out

    def state(self, instance: Any) -> State:
        if self._is_plain:
            held: State = instance.__dict__
            return held
        held = {name: getattr(instance, name) for name in self._slots if hasattr(instance, name)}
        attributes = getattr(instance, "__dict__", {})
        held.update((k, v) for k, v in attributes.items() if k not in self._left_out)
        return held

    @property
    def required(self) -> set[str]:
        """The fields without a default."""
        return {
            field.name
            for field in dataclasses.fields(self.cls)
            if field.init
            and field.default is dataclasses.MISSING
            and field.default_factory is dataclasses.MISSING
        }

    def build(self, state: State) -> Any:
        if not self._names <= state.keys():
            self._add_defaults(state)
        instance: Any = object.__new__(self.cls)
        if self._is_plain:
            instance.__dict__.update(state)
        else:
            for name, value in state.items():
                object.__setattr__(instance, name, value)
        return instance

    def _add_defaults(self, state: State) -> None:
        self._check(state)
        for field in dataclasses.fields(self.cls):
            if field.name in state:
                continue
            if field.default is not dataclasses.MISSING:
                state[field.name] = field.default
            elif field.default_factory is not dataclasses.MISSING:
                state[field.name] = field.default_factory()


class ModelKind(InstanceKind):
    """Pydantic models: fields, extra fields and private attributes. No validator is run."""

    _SET: ClassVar[str] = "$set"
    _EXTRA: ClassVar[str] = "$extra"
    _PRIVATE: ClassVar[str] = "$private"

    def __init__(self, cls: Any) -> None:
        super().__init__(cls)
        self._fields = cls.model_fields
        self._private = cls.__private_attributes__

    def state(self, instance: Any) -> State:
        from pydantic_core import PydanticUndefined

        held = vars(instance)
        state = {name: held[name] for name in self._fields if name in held}
        if instance.__pydantic_fields_set__ != state.keys():
            state[self._SET] = sorted(instance.__pydantic_fields_set__)
        if instance.__pydantic_extra__:
            state[self._EXTRA] = instance.__pydantic_extra__
        private = instance.__pydantic_private__ or {}
        private = {name: v for name, v in private.items() if v is not PydanticUndefined}
        if private:
            state[self._PRIVATE] = private
        return state

    @property
    def required(self) -> set[str]:
        """The fields without a default."""
        return {name for name, field in self._fields.items() if field.is_required()}

    def build(self, state: State) -> Any:
        self._check(state)
        fields_set = set(state.pop(self._SET, state.keys() - {self._EXTRA, self._PRIVATE}))
        allows_extra = self.cls.model_config.get("extra") == "allow"  # type: ignore[attr-defined]
        extra = dict(state.pop(self._EXTRA, {}))
        private = state.pop(self._PRIVATE, {})
        if private.keys() != self._private.keys():
            private = self._private_defaults() | private
        for name in self._fields.keys() - state.keys():
            state[name] = self._fields[name].get_default(call_default_factory=True)
        make: Any = self.cls.__new__
        instance = make(self.cls)
        object.__setattr__(instance, "__dict__", state)
        object.__setattr__(instance, "__pydantic_fields_set__", fields_set)
        object.__setattr__(instance, "__pydantic_extra__", extra if extra or allows_extra else None)
        object.__setattr__(instance, "__pydantic_private__", private if self._private else None)
        return instance

    def _private_defaults(self) -> State:
        from pydantic_core import PydanticUndefined

        defaults = {name: attribute.get_default() for name, attribute in self._private.items()}
        return {name: value for name, value in defaults.items() if value is not PydanticUndefined}


class EnumKind(InstanceKind):
    """Enumerations: the value of the member."""

    def state(self, instance: Any) -> State:
        return {"value": instance.value}

    @property
    def required(self) -> set[str]:
        """The value."""
        return {"value"}

    def build(self, state: State) -> Any:
        self._check(state)
        return self.cls(state["value"])


class NamedTupleKind(InstanceKind):
    """Named tuples: their fields."""

    def __init__(self, cls: Any) -> None:
        super().__init__(cls)
        self._names: tuple[str, ...] = cls._fields
        self._defaults: State = cls._field_defaults

    def state(self, instance: Any) -> State:
        held: State = instance._asdict()
        return held

    @property
    def required(self) -> set[str]:
        """The fields without a default."""
        return set(self._names) - self._defaults.keys()

    def build(self, state: State) -> Any:
        self._check(state)
        state = {**self._defaults, **state}
        return tuple.__new__(self.cls, [state[name] for name in self._names])


def kind_of(cls: type) -> InstanceKind | None:
    """Give what handles the instances of a class, or None if they can't be kept."""
    kind = _kind_class(cls)
    if kind is DataclassKind:
        return _dataclass_kind(cls)
    return None if kind is None else kind(cls)


def is_kept(cls: type) -> bool:
    """Tell whether the instances of a class can be kept."""
    return _kind_class(cls) is not None


@lru_cache(maxsize=1024)
def _dataclass_kind(cls: type) -> DataclassKind:
    return DataclassKind(cls)


def _kind_class(cls: type) -> type[InstanceKind] | None:
    if issubclass(cls, enum.Enum):
        return EnumKind
    if issubclass(cls, imported_types("pydantic", "BaseModel")):
        return ModelKind
    if issubclass(cls, tuple) and hasattr(cls, "_field_defaults"):
        return NamedTupleKind
    # One that is also a list, say, is made by list.__new__ and holds more than its attributes.
    if dataclasses.is_dataclass(cls) and cls.__new__ is object.__new__:
        return DataclassKind
    return None


def _slots(cls: type) -> list[str]:
    slots = vars(cls).get("__slots__", ())
    return [slots] if isinstance(slots, str) else list(slots)

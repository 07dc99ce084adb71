"""What the tests of tasks save, and serializers as users write them."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from propstore.objects import storable
from propstore.workers.tasks import FILE_PROTOCOL, S3_PROTOCOL, generate_name


@storable
@dataclass
class Run:
    """A run, as users' programs have them."""

    name: str
    forces: Any


@dataclass
class Unregistered:
    """A class that nobody has registered."""

    value: int


class Box:
    """Something large, that only a serializer of its own can keep."""

    def __init__(self, data: bytes) -> None:
        self.data = data


class BoxSerializer:
    """Keeps a box in a file, as Function Fuse's serializers do."""

    name: ClassVar[str] = "box"
    serializer_class: ClassVar[type] = Box

    @classmethod
    def pickle(cls, obj: Box, protocols: dict[str, Any]) -> tuple[str, tuple[str, str]]:
        filename = generate_name()
        with protocols[FILE_PROTOCOL].open(filename, "wb") as file:
            file.write(obj.data)
        return cls.name, ("1.0", filename)

    @classmethod
    def unpickle(cls, pid: tuple[str, str], protocols: dict[str, Any]) -> Box:
        version, filename = pid
        assert version == "1.0"
        with protocols[FILE_PROTOCOL].open(filename, "rb") as file:
            return Box(file.read())

    @classmethod
    def remove(cls, pid: tuple[str, str], protocols: dict[str, Any]) -> None:
        protocols[FILE_PROTOCOL].remove(pid[1])


class ArrayOnlySerializer:
    """Keeps plain arrays, which propstore could keep itself, and notes what it is asked."""

    name = "arrays"
    serializer_class = np.ndarray

    def __init__(self) -> None:
        self.removed: list[Any] = []
        self.written = 0

    def pickle(self, obj: Any, protocols: dict[str, Any]) -> tuple[str, str]:
        self.written += 1
        filename = generate_name()
        with protocols[FILE_PROTOCOL].open(filename, "wb") as file:
            np.save(file, obj)
        return self.name, filename

    def unpickle(self, pid: str, protocols: dict[str, Any]) -> Any:
        with protocols[FILE_PROTOCOL].open(pid, "rb") as file:
            return np.load(file)

    def remove(self, pid: str, protocols: dict[str, Any]) -> None:
        self.removed.append(pid)


class ObjectSerializer(BoxSerializer):
    """Keeps a box as an object of an object store."""

    name = "object"

    @classmethod
    def pickle(cls, obj: Box, protocols: dict[str, Any]) -> tuple[str, Any]:
        import obstore

        access = protocols[S3_PROTOCOL]
        key = f"{access['folder']}/{generate_name()}"
        obstore.put(access["client"], key, obj.data)
        return cls.name, key

    @classmethod
    def unpickle(cls, pid: Any, protocols: dict[str, Any]) -> Box:
        import obstore

        return Box(obstore.get(protocols[S3_PROTOCOL]["client"], pid).bytes().to_bytes())

    @classmethod
    def remove(cls, pid: Any, protocols: dict[str, Any]) -> None:
        import obstore

        obstore.delete(protocols[S3_PROTOCOL]["client"], pid)


class DyingSerializer(BoxSerializer):
    """Has its process killed once it has written."""

    @classmethod
    def pickle(cls, obj: Box, protocols: dict[str, Any]) -> tuple[str, tuple[str, str]]:
        super().pickle(obj, protocols)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class FailingSerializer(BoxSerializer):
    """Fails once it has written."""

    @classmethod
    def pickle(cls, obj: Box, protocols: dict[str, Any]) -> tuple[str, tuple[str, str]]:
        super().pickle(obj, protocols)
        raise OSError("the disk is full")


class DyingOnRemoval(BoxSerializer):
    """Has its process killed before it removes anything."""

    @classmethod
    def remove(cls, pid: tuple[str, str], protocols: dict[str, Any]) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

"""A storage of one's own: the seven hooks, and what one may override."""

from __future__ import annotations

import hashlib
import inspect
import io
import pickle
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from propstore.errors import ExternalResourceExistsError, MissingExternalResourceError
from propstore.external import ExternalStorage, IfDigest, MemoryStorage
from propstore.testing.external.raw import HELLO, OTHER, digest_of

HOOKS = {
    "_store_bytes",
    "_store_path",
    "_load_stream",
    "_exists",
    "_delete",
    "_get_filename",
    "_iter_contents",
}

# The class in the description of the interface, as it stands there but for the import.
DESCRIBED = """
from propstore.external import ExternalStorage
from typing import ContextManager

class MyCustomStorage(ExternalStorage):
    \"\"\"A custom storage implementation.\"\"\"

    def _store_bytes(self, location: str, byte_data: bytes):
        \"\"\"Store bytes at the given location.\"\"\"
        # Implement storage logic
        pass

    def _store_path(self, location: str, path):
        \"\"\"Store a file at the given path.\"\"\"
        # Implement storage logic
        pass

    def _load_stream(self, location: str) -> ContextManager:
        \"\"\"Return a context manager that yields a bytes-like object.\"\"\"
        # Implement loading logic
        pass

    def _exists(self, location: str) -> bool:
        \"\"\"Check if data exists at the location.\"\"\"
        # Implement existence check
        pass

    def _delete(self, location: str):
        \"\"\"Delete data at the location.\"\"\"
        # Implement deletion logic
        pass

    def _get_filename(self, location: str) -> str:
        \"\"\"Return a filename for the location.\"\"\"
        # Implement filename generation
        pass

    def _iter_contents(self, prefix: str = ""):
        \"\"\"Iterate over stored locations matching the prefix.\"\"\"
        # Implement iteration logic
        pass

    def _get_hexdigest(self, location: str) -> str:
        \"\"\"Return MD5 hexdigest of the data (optional override).\"\"\"
        # Can override for performance improvements
        pass
"""


class CustomStorage(ExternalStorage):
    """It has an ``__init__`` that calls no other, as storages do."""

    def __init__(self, **contents: bytes) -> None:
        self.contents = contents

    def _store_bytes(self, location: str, byte_data: bytes) -> None:
        self.contents[location] = byte_data

    def _store_path(self, location: str, path: Path) -> None:
        self.contents[location] = path.read_bytes()

    def _load_stream(self, location: str) -> AbstractContextManager[BinaryIO]:
        return io.BytesIO(self.contents[location])

    def _exists(self, location: str) -> bool:
        return location in self.contents

    def _delete(self, location: str) -> None:
        del self.contents[location]

    def _get_filename(self, location: str) -> str:
        return location

    def _iter_contents(self, prefix: str = "") -> Iterator[str]:
        return iter([location for location in self.contents if location.startswith(prefix)])


def test_the_class_in_the_description_is_a_storage_once_its_hooks_have_bodies() -> None:
    namespace: dict[str, Any] = {}
    exec(DESCRIBED, namespace)  # noqa: S102 - it is what is tested
    described = namespace["MyCustomStorage"]
    assert isinstance(described(), ExternalStorage)

    hooks = {name: getattr(CustomStorage, name) for name in (*HOOKS, "__init__")}
    hooks["_get_hexdigest"] = lambda self, location: digest_of(self.contents[location])
    storage = type("Implemented", (described,), hooks)()
    storage.store_bytes("datasets/sample1.txt", HELLO)
    with storage.load_stream("datasets/sample1.txt") as stream:
        assert stream.read() == HELLO
    assert list(storage) == ["datasets/sample1.txt"]
    assert storage.get_metadata("datasets/sample1.txt").digest == digest_of(HELLO)
    storage.delete("datasets/sample1.txt")
    assert not storage.exists("datasets/sample1.txt")


def test_seven_hooks_are_asked_for() -> None:
    assert ExternalStorage.__abstractmethods__ == HOOKS


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_a_storage_without_one_of_them_can_not_be_made(hook: str) -> None:
    incomplete: Any = type("Incomplete", (CustomStorage,), {hook: getattr(ExternalStorage, hook)})
    with pytest.raises(TypeError, match=hook):
        incomplete()


def test_the_hooks_get_normalised_locations() -> None:
    storage = CustomStorage()
    storage.store_bytes("./data//sample", HELLO)
    assert storage.contents == {"data/sample": HELLO}


def test_a_storage_can_be_pickled_after_it_was_used() -> None:
    storage = CustomStorage()
    storage.store_bytes("sample", HELLO)
    copy = pickle.loads(pickle.dumps(storage))
    copy.store_bytes("sample", OTHER)
    assert (storage.contents, copy.contents) == ({"sample": HELLO}, {"sample": OTHER})


def test_a_quicker_digest_is_used() -> None:
    class Remembering(CustomStorage):
        def _get_hexdigest(self, location: str) -> str:
            return "ab" * 32

    storage = Remembering(sample=HELLO)
    assert storage.get_metadata("sample").digest == "ab" * 32
    storage.store_bytes("sample", OTHER, mode=IfDigest("ab" * 32))
    assert storage.contents == {"sample": OTHER}


def test_a_digest_of_another_kind_is_not_taken_for_a_sha256() -> None:
    class Md5Storage(CustomStorage):
        def _get_hexdigest(self, location: str) -> str:
            return hashlib.md5(self.contents[location]).hexdigest()

    storage = Md5Storage(sample=HELLO)
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        storage.get_metadata("sample")


def test_a_hook_may_tell_the_digest_of_what_it_stored() -> None:
    class Telling(CustomStorage):
        def _store_bytes(self, location: str, byte_data: bytes) -> str:  # type: ignore[override]
            super()._store_bytes(location, byte_data)
            return digest_of(OTHER)

    assert Telling().store_bytes("sample", HELLO) == digest_of(OTHER)


def test_a_bug_in_a_hook_is_not_taken_for_a_missing_resource() -> None:
    class Buggy(CustomStorage):
        def _load_stream(self, location: str) -> AbstractContextManager[BinaryIO]:
            raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug") as raised:
        Buggy(sample=HELLO).load_stream("sample")
    assert not isinstance(raised.value, MissingExternalResourceError)


def test_public_methods_of_the_given_storages_go_through_the_hooks() -> None:
    calls = []

    class Recording(MemoryStorage):
        def _store_bytes(self, location: str, byte_data: bytes) -> str:
            calls.append(inspect.stack()[1].function)
            return super()._store_bytes(location, byte_data)

    Recording().store_bytes("sample", HELLO)
    assert calls == ["store_bytes"]


def test_create_is_refused_before_anything_is_stored() -> None:
    storage = CustomStorage(sample=HELLO)
    with pytest.raises(ExternalResourceExistsError):
        storage.store_stream("sample", io.BytesIO(OTHER), mode="create")
    assert storage.contents == {"sample": HELLO}


# As the documentation that this interface was taken from has it, but for the imports.
MY_CUSTOM_STORAGE = '''
from propstore.external import ExternalStorage
from typing import ContextManager

class MyCustomStorage(ExternalStorage):
    """A custom storage implementation."""

    def _store_bytes(self, location: str, byte_data: bytes):
        """Store bytes at the given location."""
        # Implement storage logic
        pass

    def _store_path(self, location: str, path):
        """Store a file at the given path."""
        # Implement storage logic
        pass

    def _load_stream(self, location: str) -> ContextManager:
        """Return a context manager that yields a bytes-like object."""
        # Implement loading logic
        pass

    def _exists(self, location: str) -> bool:
        """Check if data exists at the location."""
        # Implement existence check
        pass

    def _delete(self, location: str):
        """Delete data at the location."""
        # Implement deletion logic
        pass

    def _get_filename(self, location: str) -> str:
        """Return a filename for the location."""
        # Implement filename generation
        pass

    def _iter_contents(self, prefix: str = ""):
        """Iterate over stored locations matching the prefix."""
        # Implement iteration logic
        pass

    def _get_hexdigest(self, location: str) -> str:
        """Return MD5 hexdigest of the data (optional override)."""
        # Can override for performance improvements
        pass
'''


def test_the_published_example_of_a_custom_storage_is_one() -> None:
    namespace: dict[str, Any] = {}
    exec(MY_CUSTOM_STORAGE, namespace)  # noqa: S102 - written above
    storage = namespace["MyCustomStorage"]()
    assert isinstance(storage, ExternalStorage)
    assert not storage.exists("sample")

"""The files that lead to results: which there are, and how one takes the place of another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from propstore.errors import (
    ChangedExternalResourceError,
    CorruptResultError,
    ExternalResourceExistsError,
    InvalidDataError,
    MissingExternalResourceError,
    StoreBusyError,
)
from propstore.external import ExternalStorage, IfDigest
from propstore.external.digest import digest_bytes
from propstore.workers.tasks.layout import (
    SUFFIX,
    TASKS,
    WORKFLOWS,
    result_location,
    task_folder,
    workflow_location,
)
from propstore.workers.tasks.names import encoded_name, original_name
from propstore.workers.tasks.stored_result import StoredResult

__all__ = ["ResultFiles"]

ATTEMPTS = 100  # each that fails means that another writer has succeeded
CURRENT_FORMAT = 1


class ResultFiles:
    """The files of workflows and results in a storage.

    Parameters
    ----------
    storage : ExternalStorage
        The storage.
    """

    def __init__(self, storage: ExternalStorage) -> None:
        self._storage = storage

    def add_workflow(self, workflow: str) -> None:
        """Let a workflow be listed, if it isn't already.

        Raises
        ------
        InvalidDataError
            If the file system takes its name for that of another.
        """
        if not self.check_workflow(workflow):
            document = {"propstore_workflow": CURRENT_FORMAT, "name": workflow}
            self._storage.store_bytes(workflow_location(workflow), json.dumps(document).encode())

    def check_workflow(self, workflow: str) -> bool:
        """Tell whether a workflow is listed.

        Raises
        ------
        InvalidDataError
            If the file system takes its name for that of another.
        """
        data = self._read(workflow_location(workflow))
        if data is not None:
            _refuse_other_case("workflow", workflow, _name_in(data, workflow))
        return data is not None

    def workflows(self) -> Iterator[str]:
        """Give the names of all workflows."""
        for location in self._locations(f"{WORKFLOWS}/"):
            encoded = location.removeprefix(f"{WORKFLOWS}/").removesuffix(SUFFIX)
            yield original_name(encoded) or _name_in(self._read(location) or b"", encoded)

    def tasks(self, workflow: str) -> Iterator[str]:
        """Give the names of the tasks of which there are results, as they are found.

        A name that was too long for a location stands in its results; if none can be read, the
        task is called in the end as it is in locations.
        """
        start = f"{TASKS}/{encoded_name('workflow', workflow)}/"
        named: set[str] = set()
        nameless: set[str] = set()
        for location in self._locations(start):
            encoded = location.removeprefix(start).partition("/")[0]
            if encoded not in named:
                name = original_name(encoded) or self._task_of(location)
                if name is None:
                    nameless.add(encoded)
                else:
                    named.add(encoded)
                    yield name
        yield from nameless - named

    def get(self, workflow: str, task: str, identity: str) -> StoredResult | None:
        """Give a result, or None if there is none.

        Raises
        ------
        CorruptResultError
            If what is stored can't be read, or is the result of something else.
        InvalidDataError
            If the file system takes a name for that of another.
        """
        location = result_location(workflow, task, identity)
        data = self._read(location)
        if data is None:
            return None
        result = StoredResult.from_json(data, location)
        _refuse_other_case("workflow", workflow, result.workflow)
        _refuse_other_case("task", task, result.task)
        if not _is_of(result, workflow, task, identity):
            raise CorruptResultError(
                f"what is stored at {location!r} is the result of the task {result.task!r} of the "
                f"workflow {result.workflow!r}, with the identity {result.identity}"
            )
        return result

    def identities(self, workflow: str, task: str) -> list[str]:
        """Give the identities of which a task has results."""
        start = f"{task_folder(workflow, task)}/"
        found = self._locations(start)
        return [location.removeprefix(start).removesuffix(SUFFIX) for location in found]

    def latest(self, workflow: str, task: str) -> StoredResult | None:
        """Give the result that was saved last, or None if there is none.

        Raises
        ------
        CorruptResultError
            If one of them can't be read.
        """
        found = (self.get(workflow, task, one) for one in self.identities(workflow, task))
        results = (result for result in found if result is not None)
        return max(results, key=lambda result: result.saved, default=None)

    def generations(self) -> tuple[set[str], set[str]]:
        """Give the generations that results lead to.

        Returns
        -------
        tuple of set and set
            The generations; and the workflows, as they are called in locations, of which a result
            can't be read, so that it isn't known to which it leads.
        """
        live: set[str] = set()
        unclear: set[str] = set()
        for location in self._locations(f"{TASKS}/"):
            data = self._read(location)
            try:
                if data is not None:
                    live.add(StoredResult.from_json(data, location).generation)
            except CorruptResultError:
                unclear.add(location.split("/")[1])
        return live, unclear

    def replace(self, result: StoredResult) -> StoredResult | None:
        """Let a result be the one of its task and identity; give the one that it replaces.

        Of several writers, each replaces what another has written, so that each old generation is
        given to one of them.

        Raises
        ------
        InvalidDataError
            If the file system takes a name for that of another.
        StoreBusyError
            If others always were quicker.
        """
        location = result_location(result.workflow, result.task, result.identity)
        data = result.to_json()
        for _ in range(ATTEMPTS):
            old = self._read(location)
            replaced = _own(old, result.workflow, result.task, result.identity)
            try:
                self._storage.store_bytes(
                    location,
                    data,
                    mode="create" if old is None else IfDigest(digest_bytes(old).digest),
                )
            except (
                ExternalResourceExistsError,
                ChangedExternalResourceError,
                MissingExternalResourceError,
            ):
                continue
            return replaced
        raise StoreBusyError(
            f"others saved the task {result.task!r} of the workflow {result.workflow!r} "
            f"{ATTEMPTS} times while this result was to be saved"
        )

    def remove(self, workflow: str, task: str, identity: str) -> StoredResult | None:
        """Remove a result; give it, unless it can't be read or isn't there.

        Raises
        ------
        InvalidDataError
            If the file system takes a name for that of another.
        """
        location = result_location(workflow, task, identity)
        removed = _own(self._read(location), workflow, task, identity)
        self.delete(location)
        return removed

    def remove_workflow(self, workflow: str) -> None:
        """Let a workflow no longer be listed."""
        self.delete(workflow_location(workflow))

    def delete(self, location: str) -> None:
        """Delete what is at a location, if there is something."""
        with suppress(MissingExternalResourceError):
            self._storage.delete(location)

    def _locations(self, start: str) -> Iterator[str]:
        """Give the files below a directory, but for those that others have put there."""
        for location in self._storage.iter_contents(start):
            if location.endswith(SUFFIX) and "/." not in location:
                yield location

    def _read(self, location: str) -> bytes | None:
        try:
            with self._storage.load_stream(location) as stream:
                return stream.read()
        except MissingExternalResourceError:
            return None

    def _task_of(self, location: str) -> str | None:
        try:
            return StoredResult.from_json(self._read(location) or b"", location).task
        except CorruptResultError:
            return None


def _name_in(data: bytes, otherwise: str) -> str:
    """Give the name that stands in the file of a workflow, if it can be read."""
    try:
        return str(json.loads(data)["name"])
    except (ValueError, LookupError, TypeError):
        return otherwise


def _own(data: bytes | None, workflow: str, task: str, identity: str) -> StoredResult | None:
    """Give the result that a file leads to; None if it leads to that of another, or nowhere.

    A file that somebody has copied leads to data that are not its own.
    """
    if data is None:
        return None
    try:
        found = StoredResult.from_json(data, result_location(workflow, task, identity))
    except CorruptResultError:
        return None
    _refuse_other_case("workflow", workflow, found.workflow)
    _refuse_other_case("task", task, found.task)
    return found if _is_of(found, workflow, task, identity) else None


def _is_of(result: StoredResult, workflow: str, task: str, identity: str) -> bool:
    return (result.workflow, result.task, result.identity) == (workflow, task, identity)


def _refuse_other_case(noun: str, name: str, found: str) -> None:
    """Refuse a name under which a file system finds another, as it ignores upper and lower case."""
    if name != found and name.lower() == found.lower():
        raise InvalidDataError(
            f"the {noun} {name!r} can't be told from the {noun} {found!r}, which is there already: "
            "the file system does not tell upper from lower case; give it another name"
        )

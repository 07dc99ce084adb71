"""The results of the tasks of workflows, in any external storage."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from propstore.errors import (
    ChangedExternalResourceError,
    ContentNameError,
    CorruptResultError,
    InvalidDataError,
    MissingResultError,
    StoreBusyError,
)
from propstore.external import ExternalStorage, FileStorage
from propstore.objects.serializers.persistent import (
    Folder,
    PersistentSerializer,
    checked_serializer,
    protocols_of,
)
from propstore.objects.values import ClassTable
from propstore.workers.tasks.identity import result_identity
from propstore.workers.tasks.kept_objects import KeptObjects
from propstore.workers.tasks.layout import (
    DATA,
    FILES,
    generation_folder,
    is_older,
    new_generation,
)
from propstore.workers.tasks.names import encoded_name
from propstore.workers.tasks.ray_files import RayFileStorage
from propstore.workers.tasks.result_files import ATTEMPTS, ResultFiles
from propstore.workers.tasks.stored_result import StoredResult
from propstore.workers.tasks.value_forms import ValueForms

__all__ = ["TaskStorage"]

VALUE = "value"
KEPT = "kept"
SHOWN = 20  # names in an error
LONGEST_SAVE = timedelta(days=1)  # what is older and not yet a result will be none


class TaskStorage:
    """The results of the tasks of workflows, each under its name and the identity of its inputs.

    Any number of threads and processes may share a place. What is saved can be read when `save`
    returns; until then, and if it fails or the process is killed, the previous result stays.

    The names of workflows and tasks are any text. Where a method has `inputs` and `version`, they
    say of which inputs, by their names, and by which version of its code the result was made: a
    result of the same name, but of other inputs or another version, is another result.

    Parameters
    ----------
    storage : ExternalStorage
        Where to keep the results; nothing else should be kept there.
    classes : iterable of type, optional
        Classes whose instances may be made when a result is read, beyond those that are registered
        with `propstore.objects.storable`.
    allow_pickle : bool
        Whether what can't be kept otherwise is pickled, and pickles are loaded, which runs
        whatever code they name.

    Attributes
    ----------
    always_read : bool
        Whether who runs tasks goes on with what is read from here rather than with what a task
        gave: with a dask array that reads the file, say, and not with one that is computed again.
    """

    def __init__(
        self,
        storage: ExternalStorage,
        *,
        classes: Iterable[type] = (),
        allow_pickle: bool = False,
    ) -> None:
        self.always_read = False
        self._storage = storage
        self._files = ResultFiles(storage)
        self._forms = ValueForms(ClassTable(classes), allow_pickle=allow_pickle)
        self._serializers: dict[str, PersistentSerializer] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._storage!r})"

    @property
    def protocols(self) -> dict[str, Any]:
        """How others may keep things here: a folder that belongs to no result.

        The values under `FILE_PROTOCOL` and `S3_PROTOCOL` are as serializers get them. What is
        written by them stays until it is removed by them.
        """
        return protocols_of(Folder(self._storage, FILES))

    def register_persistent_serializers(self, *serializers: PersistentSerializer) -> None:
        """Have instances of some classes kept by serializers of their own, wherever they are.

        Parameters
        ----------
        *serializers : PersistentSerializer
            Classes, or instances, such as `propstore.objects.DaskArraySerializer`. One that is
            registered again under its name takes its own place.

        Raises
        ------
        ContentNameError
            If one lacks something, is for a class that another is for, or has the name of one that
            is for another class.
        """
        for serializer in map(checked_serializer, serializers):
            kind = serializer.serializer_class
            for other in self._serializers.values():
                if other.serializer_class is kind and other.name != serializer.name:
                    raise ContentNameError(
                        f"the serializers {other.name!r} and {serializer.name!r} are both for "
                        f"{kind!r}"
                    )
                # A class that was defined again, in a notebook, is another with the same name.
                if other.name == serializer.name and _path(other.serializer_class) != _path(kind):
                    raise ContentNameError(
                        f"the serializers for {other.serializer_class!r} and for {kind!r} both "
                        f"have the name {serializer.name!r}"
                    )
            self._serializers[serializer.name] = serializer

    def new_workflow(self, workflow_name: str) -> None:
        """Let a workflow be listed; one that is there stays as it is."""
        self._files.add_workflow(workflow_name)

    def save(
        self,
        workflow_name: str,
        task_name: str,
        value: Any,
        *,
        inputs: Mapping[str, Any] | None = None,
        version: str | None = None,
    ) -> None:
        """Save the result of a task, in the place of one of the same inputs and version.

        Raises
        ------
        SerializationError
            If the value, or something in it, could not be read back as it is.
        InvalidDataError
            If a name is not text, or the file system takes it for that of another; or if an input
            is of no kind that can be part of an identity.
        ExternalResourceError, OSError
            If it can't be written, the disk being full, say.
        """
        identity = result_identity(inputs, version)
        generation = new_generation()
        try:
            result = self._write(workflow_name, task_name, identity, generation, value)
            self._files.add_workflow(workflow_name)
        except BaseException:
            self._sweep(generation_folder(workflow_name, generation))
            raise
        replaced = self._files.replace(result)
        if replaced is not None:
            self._remove_data(replaced)

    def read_task(
        self,
        workflow_name: str,
        task_name: str,
        *,
        inputs: Mapping[str, Any] | None = None,
        version: str | None = None,
    ) -> Any:
        """Read the result of a task.

        Without `inputs` and `version` it is the one that was saved last, whatever its inputs.

        Raises
        ------
        MissingResultError
            If there is none, or none of these inputs and this version.
        CorruptResultError
            If it is damaged, or a part of it is gone.
        PickleRefusedError
            If it is a pickle, and pickles are not allowed.
        UnregisteredError
            If it holds instances of a class that may not be used, or what a serializer kept that
            is not registered.
        """
        previous: StoredResult | None = None
        for _ in range(ATTEMPTS):
            result = self._find(workflow_name, task_name, inputs, version)
            try:
                return self._load(result)
            except FileNotFoundError as error:
                if result == previous:
                    raise CorruptResultError(
                        f"of {_shown(result)} a part is gone: {error}"
                    ) from error
                previous = result  # perhaps it was replaced meanwhile
        raise StoreBusyError(
            f"the task {task_name!r} of the workflow {workflow_name!r} was saved {ATTEMPTS} times "
            "while it was to be read"
        )

    def file_exists(
        self,
        workflow_name: str,
        task_name: str,
        *,
        inputs: Mapping[str, Any] | None = None,
        version: str | None = None,
    ) -> bool:
        """Tell whether there is what `read_task` would read; nothing of it is read."""
        identities = self._files.identities(workflow_name, task_name)
        if inputs is None and version is None:
            return bool(identities)
        return result_identity(inputs, version) in identities

    def list_tasks(self, workflow_name: str, pattern: str = "*") -> list[str]:
        """List the names of the tasks of which there are results; none of no workflow.

        Parameters
        ----------
        workflow_name : str
            The workflow.
        pattern : str
            What the names have to match, as in `fnmatch`: ``*``, ``?`` and ``[...]`` have a
            meaning, which `glob.escape` takes from them.

        Raises
        ------
        InvalidDataError
            If the name of the workflow, or the pattern, is not text.
        """
        if not isinstance(pattern, str):
            raise InvalidDataError(f"the pattern is {pattern!r}; it has to be text, such as '*'")
        tasks = self._files.tasks(workflow_name)
        return sorted(task for task in tasks if fnmatchcase(task, pattern))

    def list_workflows(self) -> list[str]:
        """List the names of the workflows."""
        return sorted(self._files.workflows())

    def remove_task(
        self, workflow_name: str, task_name: str | None = None, pattern: str | None = None
    ) -> None:
        """Remove all results of a task, or of those whose names match, and their large data.

        Parameters
        ----------
        workflow_name : str
            The workflow.
        task_name, pattern : str
            One of the two: the task, or what names have to match as in `list_tasks`.

        Raises
        ------
        MissingResultError
            If that task has no result; that no name matches is none.
        InvalidDataError
            If neither is given, or both are.
        """
        if (task_name is None) == (pattern is None):
            raise InvalidDataError("remove_task needs a task_name or a pattern, and not both")
        if task_name is not None and not self.file_exists(workflow_name, task_name):
            raise self._missing(workflow_name, task_name, "no result")
        tasks = [task_name] if task_name is not None else []
        for task in tasks or self.list_tasks(workflow_name, str(pattern)):
            for identity in self._files.identities(workflow_name, task):
                removed = self._files.remove(workflow_name, task, identity)
                if removed is not None:
                    self._remove_data(removed)

    def remove_workflow(self, workflow_name: str) -> None:
        """Remove a workflow and all its results, if it is there.

        Data to which no result leads go only if they are old: others may be saving meanwhile.

        Raises
        ------
        InvalidDataError
            If its name is not text, or the file system takes it for that of another.
        """
        self._files.check_workflow(workflow_name)
        self.remove_task(workflow_name, pattern="*")
        start = f"{DATA}/{encoded_name('workflow', workflow_name)}/"
        contents = self._storage.iter_contents(start)
        for generation in {one.removeprefix(start).partition("/")[0] for one in contents}:
            if is_older(generation, LONGEST_SAVE):
                self._sweep(start + generation)
        self._files.remove_workflow(workflow_name)

    def remove_leftovers(self, older_than: timedelta = LONGEST_SAVE) -> int:
        """Remove the data that no result leads to, which processes left that were killed.

        Parameters
        ----------
        older_than : timedelta, optional
            How long ago writing them began; more than any result takes to be saved.

        Returns
        -------
        int
            How many results' data were removed.
        """
        # First the data and then the results, so that what is saved meanwhile is not missed.
        folders = {tuple(one.split("/")[:3]) for one in self._storage.iter_contents(f"{DATA}/")}
        live, unclear = self._files.generations()
        left = [
            (data, workflow, generation)
            for data, workflow, generation in folders
            if workflow not in unclear
            and generation not in live
            and is_older(generation, older_than)
        ]
        for folder in left:
            self._sweep("/".join(folder))
        if isinstance(self._storage, FileStorage | RayFileStorage):
            self._storage.remove_leftovers(older_than)
        return len(left)

    def _find(
        self,
        workflow: str,
        task: str,
        inputs: Mapping[str, Any] | None,
        version: str | None,
    ) -> StoredResult:
        if inputs is None and version is None:
            result = self._files.latest(workflow, task)
            what = "no result"
        else:
            result = self._files.get(workflow, task, result_identity(inputs, version))
            what = "no result of these inputs and this version"
        if result is None:
            raise self._missing(workflow, task, what)
        return result

    def _missing(self, workflow: str, task: str, what: str) -> MissingResultError:
        # Not all of them: who runs many tasks gets this error for each that was not run.
        there = list(islice(self._files.tasks(workflow), SHOWN + 1))
        shown = [*map(repr, sorted(there[:SHOWN])), *(["..."] if len(there) > SHOWN else [])]
        return MissingResultError(
            f"the task {task!r} of the workflow {workflow!r} has {what}; tasks that have results "
            f"are {', '.join(shown) or 'none'}"
        )

    def _write(
        self, workflow: str, task: str, identity: str, generation: str, value: Any
    ) -> StoredResult:
        encoded_name("task", task)  # before anything is written
        objects = self._objects(workflow, generation)
        form, stream = self._forms.write(value, objects)
        location = f"{generation_folder(workflow, generation)}/{VALUE}"
        return StoredResult(
            workflow=workflow,
            task=task,
            identity=identity,
            saved=datetime.now(UTC).isoformat(timespec="microseconds"),
            generation=generation,
            form=form,
            digest=self._storage.store_stream(location, stream),
            kept=tuple(objects.kept),
        )

    def _load(self, result: StoredResult) -> Any:
        location = f"{generation_folder(result.workflow, result.generation)}/{VALUE}"
        try:
            with self._storage.load_stream(location, digest=result.digest) as stream:
                data = stream.read()
        except ChangedExternalResourceError as error:
            raise CorruptResultError(f"{_shown(result)} was damaged: {error}") from error
        objects = self._objects(result.workflow, result.generation)
        return self._forms.read(data, result.form, objects, _shown(result))

    def _objects(self, workflow: str, generation: str) -> KeptObjects:
        folder = Folder(self._storage, f"{generation_folder(workflow, generation)}/{KEPT}")
        return KeptObjects(self._serializers, folder)

    def _remove_data(self, result: StoredResult) -> None:
        objects = self._objects(result.workflow, result.generation)
        for one in result.kept:
            try:
                objects.remove(one)
            except FileNotFoundError:  # it is gone already
                continue
            except Exception as error:  # noqa: BLE001 - what users write may raise anything
                warnings.warn(
                    f"the serializer {one.serializer!r} could not remove what it kept of "
                    f"{_shown(result)}, which is replaced or removed: {error!r}",
                    RuntimeWarning,
                    stacklevel=3,
                )
        self._sweep(generation_folder(result.workflow, result.generation))

    def _sweep(self, folder: str) -> None:
        for location in list(self._storage.iter_contents(f"{folder}/")):
            self._files.delete(location)


def _path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _shown(result: StoredResult) -> str:
    return f"the result of the task {result.task!r} of the workflow {result.workflow!r}"

"""Files of a unit of work, on their way from its scratch directory to a storage and back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from propstore.errors import InvalidLocationError, MissingExternalResourceError
from propstore.external import ExternalStorage
from propstore.external.location import normalise_location
from propstore.workers.namespace import Namespace

__all__ = ["StorageManager", "raise_failures"]

TRANSFERS_AT_ONCE = 4  # an object store takes several as fast as one


class StorageManager:
    """Stores the files of one attempt of a unit, and gives what other units have stored.

    A unit writes a file into the scratch directory, under the name by which it registers it, before
    or after it does so. What is registered is stored when the unit ends.

    Parameters
    ----------
    scratch_dir : str or Path
        The directory in which the unit works. It need not exist before the unit writes to it.
    storage : ExternalStorage
        Where files are stored; all units may share it.
    dag_label, unit_label : str
        What the graph of units and the unit are called; any text.
    attempt : str, optional
        What tells this attempt of the unit from others, so that none overwrites another's files.
        Each manager is an attempt of its own if it is left out.

    Raises
    ------
    InvalidLocationError
        If a label is empty.
    """

    def __init__(
        self,
        scratch_dir: str | Path,
        storage: ExternalStorage,
        dag_label: str,
        unit_label: str,
        *,
        attempt: str | None = None,
    ) -> None:
        self._scratch_dir = Path(os.path.abspath(scratch_dir))  # noqa: PTH100 - it follows no links
        self._storage = storage
        self._namespace = Namespace(
            dag_label, unit_label, uuid4().hex if attempt is None else attempt
        )
        self._registered: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.namespace!r} in {self._storage!r}>"

    @property
    def scratch_dir(self) -> Path:
        """The directory in which the unit works, as an absolute path."""
        return self._scratch_dir

    @property
    def storage(self) -> ExternalStorage:
        """Where files are stored. Large ones are better read by its ``load_stream``."""
        return self._storage

    @property
    def namespace(self) -> str:
        """The directory in the storage in which this attempt's files are."""
        return str(self._namespace)

    def register(self, name: str | os.PathLike[str]) -> str:
        """Have a file stored when the unit ends.

        Parameters
        ----------
        name : str or path
            The file's path relative to `scratch_dir`, or an absolute path inside it.

        Returns
        -------
        str
            Where it will be stored. It is unique, and can be passed on: `load` takes it, in the
            manager of any unit that has the same storage.

        Raises
        ------
        InvalidLocationError
            If it leads out of the scratch directory, or is no valid location.
        """
        inside = normalise_location(self._strip_scratch_dir(os.fspath(name)))
        location = self._namespace.location(inside)
        self._registered[inside] = location
        return location

    def load(self, name: str) -> bytes:
        """Read what is stored, by this unit or another.

        Parameters
        ----------
        name : str
            What `register` gave.

        Returns
        -------
        bytes
            The content of the file.

        Raises
        ------
        MissingExternalResourceError
            If nothing is stored there.
        InvalidLocationError
            If it leads out of the storage.
        """
        try:
            with self._storage.load_stream(name) as stream:
                return stream.read()
        except MissingExternalResourceError as error:
            error.add_note(
                f"load() takes what register() gave, such as {self._namespace.location('name')!r}, "
                "once the unit that registered it has ended"
            )
            raise

    def _transfer(self) -> None:
        """Store all registered files, as a `Context` does when its unit ends.

        Raises
        ------
        MissingExternalResourceError
            If registered files were never written. It names all of them, and the others are stored.
        ExceptionGroup
            If files can't be stored for several reasons.
        """
        raise_failures(self._try_transfer())

    def _try_transfer(self) -> list[BaseException]:
        """Store all registered files, and give what went wrong."""
        with ThreadPoolExecutor(TRANSFERS_AT_ONCE) as pool:
            transfers = {name: pool.submit(self._store, name) for name in self._registered}
        failures = []
        never_written = []
        for name, transfer in transfers.items():
            if (failure := transfer.exception()) is not None:
                failure.add_note(f"{name!r} of {self.namespace!r} is not stored")
                failures.append(failure)
            elif not transfer.result():
                never_written.append(name)
        if never_written:
            failures.append(
                MissingExternalResourceError(
                    f"registered in {self.namespace!r}, but never written to "
                    f"{str(self._scratch_dir)!r}: {', '.join(map(repr, never_written))}"
                )
            )
        return failures

    def _store(self, name: str) -> bool:
        """Store a file, and tell whether it was there."""
        path = self._scratch_dir / name
        if not path.exists():
            return False
        if not path.resolve().is_relative_to(self._scratch_dir.resolve()):
            raise InvalidLocationError(
                f"{str(path)!r} leads through a link to {str(path.resolve())!r}, outside the "
                "scratch directory; copy the file into it"
            )
        self._storage.store_path(self._registered[name], path)
        return True

    def _strip_scratch_dir(self, name: str) -> str:
        """Make a path inside the scratch directory relative to it."""
        prefix = f"{self._scratch_dir}/"
        return name.removeprefix(prefix) if isinstance(name, str) else name


def raise_failures(failures: Sequence[BaseException]) -> None:
    """Raise one failure as it is, several as a group, and nothing if there is none."""
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise BaseExceptionGroup("files of a unit could not be stored", failures)

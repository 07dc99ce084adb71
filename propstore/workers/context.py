"""What a unit of work is given to work with."""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from propstore.external import ExternalStorage
from propstore.workers.staging import StorageManager, raise_failures

__all__ = ["Context"]


class Context:
    """A scratch directory and two storages, for one attempt of a unit, in a ``with`` block.

    What is registered in ``shared`` and ``permanent`` is stored when the block ends, also if the
    unit fails; the unit's own exception is then the one that is raised, and a file that could not
    be stored is a note to it. The scratch directory is removed when the unit has succeeded and its
    files are stored, and left to be looked at otherwise.

    Parameters
    ----------
    dag_label, unit_label : str
        What the graph of units and the unit are called; any text.
    scratch : str or Path
        The directory in which all units have their scratch directories.
    shared : ExternalStorage
        For what other units of the graph need; whoever runs the graph may remove it at its end.
    permanent : ExternalStorage
        For what is wanted beyond the graph.

    Attributes
    ----------
    scratch : Path
        This attempt's own directory, for whatever the unit writes.
    shared, permanent : StorageManager
        What to `~StorageManager.register` files in, and to `~StorageManager.load` them from.

    Raises
    ------
    InvalidLocationError
        If a label is empty.
    """

    def __init__(
        self,
        dag_label: str,
        unit_label: str,
        scratch: str | Path,
        shared: ExternalStorage,
        permanent: ExternalStorage,
    ) -> None:
        attempt = uuid4().hex
        root = Path(os.path.abspath(scratch))  # noqa: PTH100 - it follows no links
        self.scratch = root / attempt
        self.shared, self.permanent = (
            StorageManager(self.scratch, storage, dag_label, unit_label, attempt=attempt)
            for storage in (shared, permanent)
        )

    def __enter__(self) -> Self:
        self.scratch.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        failures = [*self.shared._try_transfer(), *self.permanent._try_transfer()]
        left = f"the unit's files are left in {str(self.scratch)!r}"
        if error is not None:
            for failure in failures:
                error.add_note(f"besides, files could not be stored: {_told(failure)}")
            error.add_note(left)
        elif failures:
            for failure in failures:
                failure.add_note(left)
            raise_failures(failures)
        else:
            self._remove_scratch()

    def _remove_scratch(self) -> None:
        try:
            shutil.rmtree(self.scratch)
        except OSError as error:
            # Its files are stored; that is no reason for the unit to have failed.
            warnings.warn(
                f"the scratch directory {str(self.scratch)!r} could not be removed: {error}",
                RuntimeWarning,
                stacklevel=3,
            )


def _told(failure: BaseException) -> str:
    return "; ".join([repr(failure), *getattr(failure, "__notes__", [])])

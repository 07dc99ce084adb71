"""Objects in pickle, as durably as propstore saves them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from benchmarks.forms import Form
from propstore.external.durable import atomic_write


class Pickle(Form):
    """The standard library's own."""

    name = "pickle"

    def write(self, obj: Any, path: Path) -> None:
        with atomic_write(path) as stream:
            pickle.dump(obj, stream, protocol=5)

    def read(self, path: Path) -> Any:
        with path.open("rb") as stream:
            return pickle.load(stream)  # noqa: S301 - written above

"""Where a stored record comes from: when, by whom and on which host it was stored."""

from __future__ import annotations

import getpass
import platform
from datetime import UTC, datetime
from functools import cache

from pydantic import ConfigDict

from propstore._version import __version__
from propstore.model.validation import FrozenModel

__all__ = ["Provenance"]


class Provenance(FrozenModel):
    """The circumstances of storing a record; they have no part in its identity.

    What a later propstore adds to them is kept.

    Parameters
    ----------
    time
        When the record was stored, in UTC.
    user
        The login name of the one who stored it.
    host
        The name of the machine.
    propstore
        The version of propstore.
    """

    model_config = ConfigDict(extra="allow")

    time: datetime
    user: str
    host: str
    propstore: str

    @classmethod
    def now(cls) -> Provenance:
        """Give the provenance of a record that is stored here and now."""
        return cls.model_validate({"time": datetime.now(UTC), **_here()})


@cache
def _here() -> dict[str, str]:
    return {"user": _user(), "host": platform.node(), "propstore": __version__}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        import os

        return str(os.getuid())

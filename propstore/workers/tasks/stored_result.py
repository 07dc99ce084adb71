"""What is stored of one result, beside its bytes."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from propstore.errors import CorruptResultError
from propstore.external.digest import is_digest

__all__ = ["Form", "KeptObject", "StoredResult"]

CURRENT_FORMAT = 1

Form = Literal["values", "pickle"]
"""How a value became bytes."""

_GENERATION = re.compile(r"\d{8}T\d{6}-[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True)
class KeptObject:
    """An object that a persistent serializer keeps for a result.

    Parameters
    ----------
    serializer : str
        The name of the serializer.
    identifier : str
        The packed persistent identifier, as a JSON document.
    """

    serializer: str
    identifier: str


@dataclass(frozen=True)
class StoredResult:
    """What leads to the bytes of a result.

    Parameters
    ----------
    workflow, task : str
        Of what it is the result.
    identity : str
        Of which inputs and which version it was made.
    saved : str
        When it was saved, in UTC.
    generation : str
        The directory in which its data are.
    form : {"values", "pickle"}
        How the value became bytes.
    digest : str
        The SHA-256 of the bytes.
    kept : tuple of KeptObject
        What serializers keep besides.
    """

    workflow: str
    task: str
    identity: str
    saved: str
    generation: str
    form: Form
    digest: str
    kept: tuple[KeptObject, ...] = ()

    def to_json(self) -> bytes:
        """Write it as JSON."""
        document = {"propstore_task_result": CURRENT_FORMAT, **asdict(self)}
        return json.dumps(document, indent=1).encode()

    def _check(self) -> None:
        texts = [value for name, value in vars(self).items() if name != "kept"]
        texts += [text for one in self.kept for text in (one.serializer, one.identifier)]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("a part of it is no text")
        if not _GENERATION.fullmatch(self.generation) or not is_digest(self.digest):
            raise ValueError("it does not say where its data are")
        if self.form not in get_args(Form):
            raise ValueError(f"its form is {self.form!r}")

    @classmethod
    def from_json(cls, data: bytes, location: str) -> StoredResult:
        """Read it from JSON.

        Raises
        ------
        CorruptResultError
            If it is something else.
        """
        try:
            document: dict[str, Any] = json.loads(data)
            found = document.pop("propstore_task_result")
            if found != CURRENT_FORMAT:
                raise ValueError(f"its format is {found!r}, and {CURRENT_FORMAT} is known")
            kept = tuple(KeptObject(**one) for one in document.pop("kept"))
            result = cls(**document, kept=kept)
            result._check()
            return result
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise CorruptResultError(
                f"what is stored at {location!r} can't be read as a task's result: {error}"
            ) from error

"""How the command tells what went wrong: in a sentence on standard error, and by its exit code."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from propstore.backends import IncompleteAnswerWarning
from propstore.errors import PropstoreError

__all__ = ["ReportingGroup", "fail"]

FAILED = 1
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


def fail(sentence: str, exit_code: int = FAILED) -> NoReturn:
    """Say what is wrong, and end the command."""
    typer.echo(f"propstore: {sentence}", err=True)
    raise typer.Exit(exit_code)


class ReportingGroup(TyperGroup):
    """A group of commands in which a user's mistake ends in a sentence, not in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand."""
        with warnings.catch_warnings():
            _show_warnings_as_sentences()
            try:
                result = super().invoke(ctx)
                sys.stdout.flush()
            except BrokenPipeError:
                _discard_output()
                raise typer.Exit from None
            except (KeyboardInterrupt, typer.Abort):
                fail("interrupted.", INTERRUPTED)
            except PropstoreError as error:
                fail(str(error))
            except OSError as error:
                fail(_os_sentence(error))
            return result


def _discard_output() -> None:
    """Let the rest of the output go nowhere: who read it (``head``, say) has had enough."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _os_sentence(error: OSError) -> str:
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{str(error.filename)!r} can't be used: {error.strerror}."


def _show_warnings_as_sentences() -> None:
    show_as_usual = warnings.showwarning

    def show(message: Any, category: type[Warning], *rest: Any, **named: Any) -> None:
        if issubclass(category, IncompleteAnswerWarning):
            typer.echo(f"propstore: {message}", err=True)
        else:
            show_as_usual(message, category, *rest, **named)

    warnings.filterwarnings("once", category=IncompleteAnswerWarning)
    warnings.showwarning = show

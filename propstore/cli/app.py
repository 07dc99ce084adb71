"""The command as a whole: its subcommands, and how it begins and ends."""

from __future__ import annotations

from typing import Annotated

import typer

from propstore._version import __version__
from propstore.cli.backups import backup, restore
from propstore.cli.collecting import collect
from propstore.cli.demo import demo
from propstore.cli.exchange import export_records, import_records
from propstore.cli.generations import revert, show_history
from propstore.cli.records import list_records, remove_records, show_record
from propstore.cli.repairing import repair
from propstore.cli.reporting import ReportingGroup
from propstore.cli.transfer import copy_records, show_differences
from propstore.cli.upkeep import initialise, show_store, verify

__all__ = ["app", "main"]

app = typer.Typer(
    name="propstore",
    cls=ReportingGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # the help is plain text, which comes without importing rich
    pretty_exceptions_enable=False,
)

app.command("init")(initialise)
app.command("info")(show_store)
app.command("import")(import_records)
app.command("ls")(list_records)
app.command("show")(show_record)
app.command("rm")(remove_records)
app.command("export")(export_records)
app.command("copy")(copy_records)
app.command("diff")(show_differences)
app.command("history")(show_history)
app.command("revert")(revert)
app.command("verify")(verify)
app.command("repair")(repair)
app.command("gc")(collect)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("demo")(demo)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"propstore {__version__}")
        raise typer.Exit


@app.callback()
def propstore(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Keep the results of property calculations, and find them again.

    The store is the folder that --store names. Without --store it is the one that the environment
    variable PROPSTORE_STORE names, or else propstore-data in the current folder.
    """


def main() -> None:
    """Run the command on the arguments of the process, and end the process."""
    app()

"""The command ``demo``."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propstore.backends import Selection, StorageBackend
from propstore.cli.reporting import fail
from propstore.cli.stores import PLACE_VARIABLE, open_or_make
from propstore.model import PropertyData
from propstore.query import consists_of, field

if TYPE_CHECKING:
    from propstore.demo import Tally

__all__ = ["demo"]

DEMO_PLACE = "propstore-demo"


def demo(
    store: Annotated[
        str, typer.Option("--store", "-s", metavar="PATH", help="The folder of the store.")
    ] = DEMO_PLACE,
) -> None:
    """Watch four processes fill and share a store.

    They compute densities and enthalpies of vaporisation by CoolProp, then do the same work
    again. It takes less than half a minute.
    """
    if find_spec("CoolProp") is None:
        fail("the demo computes with CoolProp: pip install 'propstore[demo]'")
    from propstore.demo import FLUIDS, WORKERS, all_calculations

    opened, is_new = open_or_make(store)
    with opened:
        typer.echo(
            f"{'A new store' if is_new else 'The store'} in {store}, which {WORKERS} worker "
            f"processes share.\n\n"
            f"1. Each worker goes through the same {len(all_calculations())} calculations, in an "
            "order of its own:\n"
            f"   densities and enthalpies of vaporisation of {len(FLUIDS)} fluids. It asks the "
            "store first,\n   and computes only what is not there.\n"
        )
        _share_the_work(opened, store)
        typer.echo("\n2. The same work again, by four new workers.\n")
        _share_the_work(opened, store)
        _find(opened)
        _draw(opened)
        _say_what_to_try(opened, store)


def _share_the_work(store: StorageBackend, place: str) -> None:
    """Let the workers work, and tell truthfully what came of it."""
    from propstore.cli.screen import progress
    from propstore.demo import WORKERS, all_calculations, run_workers

    calculations = all_calculations()
    begin = time.perf_counter()
    with progress("   asking and computing", WORKERS * len(calculations)) as done:
        tallies = run_workers(place, lambda so_far: done(sum(tally.asked for tally in so_far)))
    seconds = time.perf_counter() - begin
    _print_tallies(tallies)
    records = [sum(map(len, store.query(one.query).values())) for one in calculations]
    computed = sum(tally.computed for tally in tallies)
    typer.echo(f"\n   {seconds:.1f} s. {_what_the_store_has(records)}")
    if computed > len(calculations):
        typer.echo(
            f"   {computed - len(calculations)} more were computed than needed, by workers that "
            "asked at the same moment;\n   the store kept one of each."
        )
    if computed == 0:
        typer.echo("   All was found and nothing computed: CoolProp was not even imported.")


def _print_tallies(tallies: list[Tally]) -> None:
    typer.echo(f"   {'worker':>6}  {'asked':>6}  {'found':>6}  {'computed':>8}")
    for number, tally in enumerate(tallies, start=1):
        typer.echo(f"   {number:>6}  {tally.asked:>6,}  {tally.found:>6,}  {tally.computed:>8,}")


def _what_the_store_has(records: list[int]) -> str:
    if all(number == 1 for number in records):
        return f"The store has exactly one record of each of the {len(records)} calculations."
    return f"The store has {sum(records)} records of {len(records)} calculations."


def _densities_of_ethanol(store: StorageBackend) -> Selection[PropertyData]:
    return store.find(PropertyData, consists_of("CCO"), field("property_type") == "Density")


def _find(store: StorageBackend) -> None:
    from propstore.cli.screen import print_table
    from propstore.cli.tables import records_table

    typer.echo(
        "\n3. What is there of the density of ethanol near 298.15 K?\n\n"
        '   store.find(ps.PropertyData, ps.consists_of("CCO"),\n'
        '              ps.field("property_type") == "Density")\n'
        '        .nearest(temperature="298.15 K").limit(4)\n'
    )
    near = _densities_of_ethanol(store).nearest(temperature="298.15 K").limit(4)
    print_table(records_table(list(near)))


def _draw(store: StorageBackend) -> None:
    from propstore.cli.chart import chart

    typer.echo("\n4. All that is there of it:\n")
    points = [
        (
            match.record.thermodynamic_state.temperature.to("K").value,
            match.record.value.to("kg/m**3").value,
        )
        for match in _densities_of_ethanol(store)
        if isinstance(match.record, PropertyData)
    ]
    typer.echo(chart(points, "temperature (K)", "density (kg/m**3)"))


def _say_what_to_try(store: StorageBackend, place: str) -> None:
    nearest = _densities_of_ethanol(store).nearest(temperature="298.15 K").first()
    program = _program()
    typer.echo(f"\nThe store stays in {place}. Try:\n")
    typer.echo(f"  export {PLACE_VARIABLE}={shlex.quote(place)}")
    for command in (
        "info",
        "ls --substance CCO --temperature 290K:310K",
        "ls --property EnthalpyOfVaporization --temperature 300K",
        f"show {nearest.key[:8] if nearest else ''}",
        "export ethanol.csv --substance CCO",
    ):
        typer.echo(f"  {program} {command}")


def _program() -> str:
    """Give the words that start this program in the user's shell."""
    if shutil.which("propstore"):
        return "propstore"
    if Path(sys.argv[0]).name == "propstore":
        return shlex.quote(sys.argv[0])
    return f"{shlex.quote(sys.executable)} -m propstore"

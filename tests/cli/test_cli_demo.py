"""``propstore demo``, as a user runs it, and what it computes."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

import propstore as ps
from propstore.demo import FLUIDS, Calculation, Tally, all_calculations, run_workers
from propstore.errors import NotAStoreError
from propstore.upkeep.verification import verify_store
from tests.cli.sample_store import Run

needs_coolprop = pytest.mark.skipif(
    importlib.util.find_spec("CoolProp") is None, reason="CoolProp is not installed"
)
TALLY = re.compile(r" +([1-4]) +(\d+) +(\d+) +(\d+)")


def tallies(output: str) -> list[tuple[int, ...]]:
    """Give asked, found and computed of the four workers, first and second time."""
    found = [match for match in map(TALLY.fullmatch, output.splitlines()) if match]
    return [tuple(map(int, match.groups()[1:])) for match in found]


def wait_for_the_end_of_group(number: int) -> None:
    """Wait until no process of a group is left; what multiprocessing started may need a moment."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.killpg(number, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail(f"processes of the group {number} are left")


@needs_coolprop
def test_the_demo_from_its_beginning_to_the_commands_that_it_ends_with(
    run_process: Run, environment: dict[str, str], folder: Path
) -> None:
    environment = {**environment, "PROPSTORE_STORE": "of-the-user"}
    first = run_process("demo", timeout=120, env=environment)
    assert (first.returncode, first.stderr) == (0, "")
    number = len(all_calculations())
    shares, again = tallies(first.stdout)[:4], tallies(first.stdout)[4:]
    assert [asked for asked, _, _ in shares] == [number] * 4
    assert sum(computed > 0 for _, _, computed in shares) > 1
    assert sum(computed for _, _, computed in shares) >= number
    assert again == [(number, number, 0)] * 4
    assert first.stdout.count(f"exactly one record of each of the {number} calculations") == 2

    with ps.open("propstore-demo", read_only=True) as store:
        assert len(store) == number
        workers = {match.record.tags["worker"] for match in store.find(ps.PropertyData)}
        assert 1 < len(workers) <= 4

    commands = first.stdout.partition("Try:\n")[2]
    assert commands.count("\n  ") == 6
    tried = subprocess.run(
        ["bash", "-euc", commands],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert (tried.returncode, tried.stderr) == (0, "")
    assert "property_type        Density" in tried.stdout
    assert (folder / "ethanol.csv").read_text().count("CCO,Solvent") == 31 + 35

    second = run_process("demo", timeout=120, env=environment)
    assert tallies(second.stdout) == [(number, number, 0)] * 8
    assert not (folder / "of-the-user").exists()


@needs_coolprop
@pytest.mark.parametrize("seconds", [0.0, 2.0])
def test_ctrl_c_ends_the_demo_and_its_workers_with_one_line(
    command: list[str], environment: dict[str, str], seconds: float
) -> None:
    with subprocess.Popen(
        [*command, "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        while "only what is not there" not in process.stdout.readline():
            assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(seconds)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "propstore: interrupted.\n")
    wait_for_the_end_of_group(process.pid)


def test_without_coolprop_the_demo_says_how_to_get_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("propstore.cli.demo.find_spec", lambda name: None)
    result = run("demo")
    assert result.exit_code == 1
    assert result.stderr == (
        "propstore: the demo computes with CoolProp: pip install 'propstore[demo]'\n"
    )


def test_no_two_calculations_are_the_same() -> None:
    calculations = all_calculations()
    assert len(set(calculations)) == len(calculations) == 481


@needs_coolprop
@pytest.mark.parametrize(
    ("property_type", "temperature", "unit", "expected"),
    [
        # W. Wagner and A. Pruss, J. Phys. Chem. Ref. Data 31 (2002) 387, tables 13.1 and 13.2
        ("Density", 300, "kg/m**3", 996.556),
        ("EnthalpyOfVaporization", 300, "kJ/mol", 43.907),
    ],
)
def test_the_values_for_water_are_those_of_its_equation_of_state(
    property_type: str, temperature: int, unit: str, expected: float
) -> None:
    record = Calculation(FLUIDS[0], property_type, temperature).compute()
    assert record.value.to(unit).value == pytest.approx(expected, rel=1e-4)
    assert record.source is not None
    assert record.source.endswith(", Wagner-JPCRD-2002")


@needs_coolprop
@pytest.mark.parametrize("fluid", FLUIDS, ids=lambda fluid: fluid.name)
def test_the_temperatures_are_those_of_a_liquid_and_of_the_saturation_line(
    fluid: ps.demo.Fluid,
) -> None:
    from CoolProp.CoolProp import PropsSI

    triple, boiling = PropsSI("Ttriple", fluid.name), PropsSI("T", "P", 101325, "Q", 0, fluid.name)
    assert triple < fluid.liquid[0] < fluid.liquid[1] < boiling
    assert triple < fluid.saturated[0] < triple + 15
    assert boiling < fluid.saturated[1] < PropsSI("Tcrit", fluid.name)


@needs_coolprop
def test_a_record_answers_the_query_that_is_asked_first() -> None:
    with ps.open("memory:") as store:
        for calculation in (all_calculations()[0], all_calculations()[-1]):
            key = store.store_object(calculation.compute())
            ((match,),) = store.query(calculation.query).values()
            assert match.key == key


def test_what_ends_a_worker_ends_all(folder: Path) -> None:
    (folder / "results").write_text("no store")
    with pytest.raises(NotAStoreError, match="is a file"):
        run_workers("results", lambda tallies: None)
    assert multiprocessing.active_children() == []


@needs_coolprop
def test_a_worker_that_is_killed_is_noticed(folder: Path) -> None:
    def kill_one(tallies: list[Tally]) -> None:
        multiprocessing.active_children()[0].kill()

    with ps.open("results"):
        pass
    with pytest.raises(ChildProcessError, match=r"worker \d ended with code -9"):
        run_workers("results", kill_one)
    assert multiprocessing.active_children() == []
    with ps.open("results") as store:
        assert list(verify_store(store)) == []

"""Functions whose results a store keeps."""

from __future__ import annotations

import multiprocessing
import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from enum import Enum, StrEnum
from itertools import repeat
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

import propstore as ps
from propstore.errors import (
    CircularCalculationError,
    DimensionError,
    InvalidDataError,
    UnfitResultError,
)
from tests.samples import AQUEOUS_ETHANOL, ETHANOL, WATER, box, box_files, density
from tests.sharing.cached_functions import ask
from tests.sharing.calculations import Journal, wanted

STATE = ps.ThermodynamicState("298.15 K", "1 atm")
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.sharing.programs"])


class Solver(StrEnum):
    FAST = "fast"
    EXACT = "exact"


class Level(Enum):
    FAST = "fast"


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True)

    tolerance: float = 1e-6
    solvers: tuple[Solver, ...] = ()


class OtherSettings(BaseModel):
    model_config = ConfigDict(frozen=True)

    tolerance: float = 1e-6
    solvers: tuple[Solver, ...] = ()


Argument = (
    ps.Substance
    | ps.ThermodynamicState
    | ps.PropertyPhase
    | Settings
    | OtherSettings
    | ps.ForceFieldData
    | Solver
    | Level
    | ps.Quantity
    | tuple[int, ...]
    | frozenset[int]
    | bool
    | int
    | float
    | str
    | None
)

calls: list[object] = []


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()


def number(argument: Argument) -> ps.Quantity:
    calls.append(argument)
    return ps.Quantity(float(len(calls)), "kg/m**3")


def of_substance(
    substance: ps.Substance, state: ps.ThermodynamicState, model: str = "HEOS"
) -> ps.PropertyData:
    calls.append((substance, state, model))
    return density(str(state.temperature), substance)


def test_the_second_call_gives_what_the_first_one_gave(store):
    cached = store.cached(version="1")(of_substance)
    first = cached(WATER, STATE)
    assert first == cached(WATER, STATE) == density()
    assert len(calls) == 1


def test_a_record_that_it_gives_is_found_by_queries(store):
    store.cached(version="1")(of_substance)(WATER, STATE)
    assert store.compute_once(wanted(), None).record == density()


def test_a_call_is_a_record_that_says_what_was_called(store):
    store.cached(version="7", name="mylab.density")(of_substance)(WATER, STATE)
    call = store.find(ps.FunctionCall, ps.field("function") == "mylab.density").one().record
    assert call.version == "7"
    assert call.result == store.find(ps.PropertyData).one().key
    assert call.arguments["model"] == "HEOS"
    assert call.arguments["state"]["temperature"] == {"value": 298.15, "unit": "K"}


def test_however_arguments_are_passed_they_name_the_same_result(store):
    cached = store.cached(version="1")(of_substance)
    cached(WATER, STATE)
    cached(WATER, state=STATE, model="HEOS")
    cached(state=ps.ThermodynamicState("25 degC", "101.325 kPa"), substance=WATER)
    assert len(calls) == 1


def test_another_argument_is_another_result(store):
    cached = store.cached(version="1")(of_substance)
    cached(WATER, STATE)
    cached(ETHANOL, STATE)
    cached(WATER, ps.ThermodynamicState("298.16 K", "1 atm"))
    cached(WATER, ps.ThermodynamicState("298.15 K"))
    cached(WATER, STATE, "PR")
    assert len(calls) == 5


def test_arguments_that_differ_never_name_the_same_result(store):
    cached = store.cached(version="1")(number)
    arguments: list[Argument] = [
        WATER,
        AQUEOUS_ETHANOL,
        STATE,
        ps.PropertyPhase.LIQUID,
        Settings(),
        Settings(tolerance=1e-7),
        Settings(solvers=(Solver.FAST,)),
        OtherSettings(),
        ps.ForceFieldData(force_field_source="<A/>"),
        ps.ForceFieldData(force_field_source="<B/>"),
        Solver.FAST,
        Level.FAST,
        "fast",
        ps.Quantity("1 K"),
        ps.Quantity("1 kPa"),
        ps.Quantity("1e-9 kPa"),
        ps.Quantity("2e-9 kPa"),
        (1, 2),
        (2, 1),
        frozenset({1, 2}),
        True,
        1,
        2.5,
        "1",
        "",
        None,
    ]
    values = [cached(argument).value for argument in arguments]
    assert len(set(values)) == len(arguments) == len(calls)
    assert [cached(argument).value for argument in arguments] == values
    assert calls == arguments


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ps.Quantity("25 degC"), ps.Quantity("298.15 K")),
        (ps.Quantity("1 atm"), ps.Quantity("101325 Pa")),
        (0.1 + 0.2, 0.3),
        (1, 1.0),
        (frozenset({3, 1, 2}), frozenset({1, 2, 3})),
        (ps.Substance({"O": 0.75, "CCO": 0.25}), ps.Substance({"OCC": 0.25, "O": 0.75})),
    ],
)
def test_arguments_that_are_equal_name_the_same_result(store, one, other):
    cached = store.cached(version="1")(number)
    assert cached(one) == cached(other)
    assert len(calls) == 1


def test_another_version_misses_and_the_old_one_still_hits(store):
    first = store.cached(version="1")(number)
    second = store.cached(version="2")(number)
    assert first(1) != second(1)
    assert first(1) == ps.Quantity("1 kg/m**3")
    assert len(calls) == 2


def test_a_quantity_comes_back_as_it_was(store):
    def vapour_pressure(temperature: ps.Temperature) -> ps.Quantity:
        return ps.Quantity(temperature.value, "mbar")

    cached = store.cached(version="1")(vapour_pressure)
    assert repr(cached("25 degC")) == repr(cached("298.15 K")) == "Quantity(25.0, 'mbar')"


def test_files_come_back_with_the_record(store, tmp_path):
    def simulate(molecules: int) -> tuple[ps.StoredSimulationData, Path]:
        calls.append(molecules)
        return box(number_of_molecules=molecules), box_files(tmp_path / "files")

    cached = store.cached(version="1")(simulate)
    for _ in range(2):
        record, path = cached(256)
        assert record == box()
        assert (Path(path) / "box.pdb").read_text() == "ATOM"
    assert calls == [256]


def test_a_result_that_was_removed_is_computed_again(local):
    cached = local.cached(version="1")(of_substance)
    cached(WATER, STATE)
    local.remove_object(local.find(ps.PropertyData).one().key)
    assert cached(WATER, STATE) == density()
    assert len(calls) == 2
    assert cached(WATER, STATE) == density()
    assert len(calls) == 2
    assert local.find(ps.FunctionCall).count() == 1


def test_the_function_gets_what_its_annotations_say(store):
    def read(temperature: ps.Temperature, phase: ps.PropertyPhase, steps: int) -> ps.Quantity:
        calls.append((temperature, phase, steps))
        return ps.Quantity("1 K")

    store.cached(version="1")(read)("25 degC", "liquid", 3.0)
    assert calls == [(ps.Quantity("298.15 K"), ps.PropertyPhase.LIQUID, 3)]


def test_eight_threads_compute_one_call_once(store):
    together = threading.Barrier(8)

    def slow(steps: int) -> ps.Quantity:
        calls.append(steps)
        time.sleep(0.05)
        return ps.Quantity("1 K")

    cached = store.cached(version="1")(slow)

    def ask_for_it(_: int) -> ps.Quantity:
        together.wait(60)
        return cached(1)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask_for_it, range(8))) == {ps.Quantity("1 K")}
    assert calls == [1]


def test_eight_processes_compute_one_call_once(tmp_path):
    root, journal = str(tmp_path / "store"), Journal(tmp_path / "journal")
    with ProcessPoolExecutor(8, mp_context=CONTEXT) as pool:
        values = set(pool.map(ask, repeat(root, 8), repeat(str(journal.directory), 8)))
    assert values == {"997.0 kg/m**3"}
    assert journal.counts() == {"298.15": 1}


def test_an_error_is_the_callers_own_and_is_not_kept(store):
    def fails_at_first(steps: int) -> ps.Quantity:
        calls.append(steps)
        return ps.Quantity(1 / (len(calls) - 1), "K")

    cached = store.cached(version="1")(fails_at_first)
    with pytest.raises(ZeroDivisionError):
        cached(1)
    assert cached(1) == ps.Quantity("1 K")


def test_a_function_that_calls_itself_with_the_same_arguments_is_told(store):
    def circular(steps: int) -> ps.Quantity:
        return cached(steps)

    cached = store.cached(version="1")(circular)
    with pytest.raises(CircularCalculationError, match=r"circular\(steps=1\)"):
        cached(1)


def test_a_function_that_calls_itself_with_other_arguments_is_computed_once_for_each(store):
    def recursive(steps: int) -> ps.Quantity:
        calls.append(steps)
        return ps.Quantity("1 K") if steps == 0 else cached(steps - 1)

    cached = store.cached(version="1")(recursive)
    cached(3)
    cached(2)
    assert calls == [3, 2, 1, 0]


@pytest.mark.parametrize("given", [997.0, None, "997 kg/m**3", (1, 2)])
def test_what_can_not_be_stored_is_refused(store, given):
    def unannotated(steps: int):
        return given

    with pytest.raises(UnfitResultError):
        store.cached(version="1")(unannotated)(1)


@pytest.mark.parametrize(
    ("arguments", "error", "why"),
    [
        (("plasma", "1 K", 1), InvalidDataError, "phase: 'plasma' is not a phase"),
        (("gas", 298.15, 1), DimensionError, "temperature: 298.15 has no unit"),
        (("gas", "1 K", "many"), InvalidDataError, "steps: .*given: 'many'"),
        (("gas", "1 K"), TypeError, "missing a required argument: 'steps'"),
        (("gas", "1 K", 1, 2), TypeError, "too many positional arguments"),
    ],
)
def test_an_argument_of_another_kind_is_refused(store, arguments, error, why):
    def read(phase: ps.PropertyPhase, temperature: ps.Temperature, steps: int) -> ps.Quantity:
        return ps.Quantity("1 K")

    with pytest.raises(error, match=why):
        store.cached(version="1")(read)(*arguments)


def test_a_number_that_is_none_can_not_name_a_result(store):
    with pytest.raises(InvalidDataError, match="NaN"):
        store.cached(version="1")(number)(float("nan"))


def test_it_explains_a_miss_by_the_nearest_calls(store):
    cached = store.cached(version="1")(of_substance)
    cached(WATER, ps.ThermodynamicState("300 K", "1 atm"))
    cached(WATER, ps.ThermodynamicState("400 K", "1 atm"))
    explanation = store.explain_miss(cached.request(WATER, STATE), limit=1)
    assert [[str(one) for one in near.differences] for near in explanation.nearest] == [
        ["temperature 300.0 K, asked 298.15 K"]
    ]
    newer = store.cached(version="2")(of_substance)
    explanation = store.explain_miss(
        newer.request(WATER, ps.ThermodynamicState("300 K", "1 atm"), "PR"), limit=1
    )
    assert [str(one) for one in explanation.nearest[0].differences] == [
        "version '1', asked '2'",
        "model 'HEOS', asked 'PR'",
    ]


def test_it_explains_which_force_field_was_another(store):
    def parametrised(force_field: ps.ForceFieldData) -> ps.Quantity:
        return ps.Quantity("1 K")

    cached = store.cached(version="1")(parametrised)
    cached(ps.ForceFieldData(force_field_source="<A/>"))
    explanation = store.explain_miss(cached.request(ps.ForceFieldData(force_field_source="<B/>")))
    assert [one.field for one in explanation.nearest[0].differences] == ["force_field"]


def test_it_explains_a_parameter_that_is_gone(store):
    def before(steps: int, seed: int) -> ps.Quantity:
        return ps.Quantity("1 K")

    def after(steps: int) -> ps.Quantity:
        return ps.Quantity("1 K")

    store.cached(name="mylab.walk")(before)(1, 7)
    request = store.cached(name="mylab.walk")(after).request(1)
    (near,) = store.explain_miss(request).nearest
    assert [str(one) for one in near.differences] == ["seed 7, asked none"]


def test_it_looks_like_the_function(store):
    cached = store.cached(version="3")(of_substance)
    assert cached.__name__ == "of_substance"
    assert cached.__wrapped__ is of_substance
    assert repr(cached) == f"<{__name__}.of_substance, version 3, cached>"


def test_it_goes_to_another_process_as_functions_do(local, monkeypatch):
    cached = local.cached(version="1")(number)
    monkeypatch.setattr(sys.modules[__name__], "number", cached)
    assert pickle.loads(pickle.dumps(cached)) is cached


def test_functions_that_one_factory_makes_are_told_apart_by_what_they_close_over(store):
    def made(model: str, substance: ps.Substance, seen: list[int]):
        def density_of(steps: int) -> ps.Quantity:
            seen.append(len(substance.components))
            return ps.Quantity(float(len(model)), "K")

        return store.cached(version="1")(density_of)

    seen: list[int] = []
    assert made("PR", WATER, seen)(1) == ps.Quantity("2 K")
    assert made("HEOS", WATER, seen)(1) == ps.Quantity("4 K")
    assert made("PR", AQUEOUS_ETHANOL, seen)(1) == ps.Quantity("2 K")
    assert made("PR", WATER, [])(1) == ps.Quantity("2 K")
    assert seen == [1, 1, 2]
    explanation = store.explain_miss(made("SRK", WATER, seen).request(1))
    assert [str(one) for one in explanation.nearest[0].differences] == ["model 'PR', asked 'SRK'"]


def test_a_variable_that_the_function_itself_changes_is_no_argument(store):
    count = 0

    def made():
        def counted(steps: int) -> ps.Quantity:
            nonlocal count
            count += 1
            return ps.Quantity("1 K")

        return store.cached(version="1")(counted)

    made()(1)
    made()(1)
    assert count == 1


SCRIPT = """
import sys
import propstore as ps

store = ps.open(sys.argv[1])

@store.cached(version="1")
def answer(steps: int) -> ps.Quantity:
    print("calculated", end=" ")
    return ps.Quantity(BODY, "K")

print(answer(1))
"""


def run_script(script: Path | str, store: Path) -> str:
    program = [str(script)] if isinstance(script, Path) else ["-c", script]
    process = subprocess.run(
        [sys.executable, *program, str(store)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return process.stdout.strip()


def test_functions_of_scripts_are_told_apart_by_the_script(tmp_path):
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text(SCRIPT.replace("BODY", "1.0"))
    other.write_text(SCRIPT.replace("BODY", "2.0"))
    store = tmp_path / "store"
    assert run_script(one, store) == "calculated 1.0 K"
    assert run_script(other, store) == "calculated 2.0 K"
    assert run_script(one, store) == "1.0 K"


def test_functions_of_sessions_are_told_apart_by_their_code(tmp_path):
    one, other = SCRIPT.replace("BODY", "1.0"), SCRIPT.replace("BODY", "2.0")
    store = tmp_path / "store"
    assert run_script(one, store) == "calculated 1.0 K"
    assert run_script(other, store) == "calculated 2.0 K"
    assert run_script("\n\n# moved\n" + one, store) == "1.0 K"

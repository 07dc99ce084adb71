"""Many requests on a cluster: of Dask, and of Ray."""

from __future__ import annotations

import os
import signal
import warnings
from functools import partial
from pathlib import Path

import pytest

import propstore as ps
from propstore.workers import RayExecutor
from tests.sharing.calculations import Journal, answered, wanted


def temperatures(*numbers: int) -> list[ps.PropertyDataQuery]:
    return [wanted(f"{number} K") for number in numbers]


def noted(journal: Path, query: ps.PropertyDataQuery) -> ps.PropertyData:
    temperature = query.thermodynamic_state.temperature.value
    Journal(journal).note(f"{temperature:g}")
    if temperature == 666.0:
        raise ArithmeticError("666 K is too hot")
    return answered(query)


def dies_once_at_303(journal: Path, query: ps.PropertyDataQuery) -> ps.PropertyData:
    record = noted(journal, query)
    is_first = Journal(journal).counts()["303"] == 1
    if query.thermodynamic_state.temperature.value == 303.0 and is_first:
        os.kill(os.getpid(), signal.SIGKILL)
    return record


@pytest.fixture(scope="module")
def dask():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def ray():
    # Told before Ray is imported, which reads them then.
    patch = pytest.MonkeyPatch()
    patch.setenv("RAY_AUTH_MODE", "disabled")
    patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray = pytest.importorskip("ray")
        ray.init(
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            configure_logging=False,
            object_store_memory=80 * 1024 * 1024,
        )
    yield ray
    ray.shutdown()
    patch.undo()


@pytest.fixture(params=["dask client", "dask executor", "ray"])
def executor(request):
    """Give each way to name a cluster of two processes."""
    if request.param == "ray":
        request.getfixturevalue("ray")
        return RayExecutor(max_retries=3)
    client = request.getfixturevalue("dask")
    return client if request.param == "dask client" else client.get_executor()


def test_each_request_is_computed_once_by_the_processes_of_a_cluster(executor, local, tmp_path):
    journal = Journal(tmp_path / "journal")
    requests = temperatures(*range(300, 310))
    outcomes = local.ensure(partial(noted, journal.directory), requests, executor)
    assert len(outcomes.computed) == len(local) == 10
    assert set(journal.counts().values()) == {1}
    assert [
        one.record == answered(two) for one, two in zip(outcomes.answers(), requests, strict=True)
    ] == ([True] * 10)
    again = local.ensure(partial(noted, journal.directory), requests, executor)
    assert len(again.found) == 10


def test_what_fails_on_a_cluster_is_reported_with_its_own_error(executor, local, tmp_path):
    journal = Journal(tmp_path / "journal")
    outcomes = local.ensure(partial(noted, journal.directory), temperatures(665, 666), executor)
    assert [one.kind for one in outcomes] == ["computed", "failed"]
    assert type(outcomes[1].error) is ArithmeticError


def test_what_failed_on_a_cluster_is_computed_when_it_is_asked_for_again(executor, local, tmp_path):
    journal = Journal(tmp_path / "journal")
    for _ in range(2):
        local.ensure(partial(noted, journal.directory), temperatures(666), executor)
    assert journal.counts()["666"] == 2


def test_a_worker_that_dies_takes_nothing_with_it_and_its_claim_passes_on(
    executor, local, tmp_path
):
    journal = Journal(tmp_path / "journal")
    outcomes = local.ensure(
        partial(dies_once_at_303, journal.directory), temperatures(*range(300, 308)), executor
    )
    assert len(outcomes.computed) + len(outcomes.found) == len(local) == 8
    assert not outcomes.failed
    counts = journal.counts()
    assert counts.pop("303") == 2
    # What a process had computed and not yet told of is not computed again, but found.
    assert set(counts.values()) == {1}


def test_a_task_that_is_cancelled_before_it_begins_is_not_run(ray, tmp_path):
    journal = Journal(tmp_path / "journal")
    pool = RayExecutor(num_cpus=2)
    busy = pool.submit(_wait_for, tmp_path / "go")
    waiting = pool.submit(Journal.note, journal, "begun")
    assert waiting.cancel()
    (tmp_path / "go").touch()
    assert busy.result(60) == "gone"
    assert pool.submit(len, "after").result(60) == 5
    assert not journal.counts()


def _wait_for(path: Path) -> str:
    from tests.sharing.calculations import wait_until

    wait_until(path.exists)
    return "gone"

"""Tables of claims, and the judgement of those who wait."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import propstore as ps
from propstore.errors import StoreClosedError
from propstore.sharing.bell import Bell
from propstore.sharing.claim import Claim, Holding
from propstore.sharing.heartbeat import Heartbeat
from propstore.sharing.owner import Owner
from propstore.sharing.process_claims import ProcessClaims
from propstore.sharing.watch import Sign, Watch
from tests.sharing.calculations import wait_until

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture(params=["memory", "local", "process"])
def claims(request, tmp_path):
    """Give an empty table of each kind."""
    if request.param == "process":
        yield ProcessClaims()
        return
    place = "memory:" if request.param == "memory" else tmp_path
    with ps.open(place) as store:
        yield store._claims


@pytest.fixture
def catalog_claims(tmp_path):
    """Give the table of a store in a folder."""
    with ps.open(tmp_path) as store:
        yield store._claims


def test_a_claim_that_is_held_is_not_given_to_another(claims):
    claim = claims.acquire("water", 10.0)
    assert claims.acquire("water", 10.0) is None
    assert claims.acquire("ethanol", 10.0) is not None
    assert claims.is_current(claim)


def test_a_claim_says_who_holds_it_and_since_when(claims):
    before = datetime.now(UTC)
    claim = claims.acquire("water", 10.0)
    holding = claims.inspect("water")
    assert holding.claim == claim
    assert holding.owner == Owner.here()
    assert before <= claim.since <= datetime.now(UTC)
    assert f"process {os.getpid()} (MainThread) on" in str(holding)
    assert f"since {claim.since:%Y-%m-%d %H:%M:%S} UTC" in str(holding)


def test_a_claim_that_was_released_is_free(claims):
    claim = claims.acquire("water", 10.0)
    claims.release(claim)
    assert claims.inspect("water") is None
    assert not claims.is_current(claim)
    assert not claims.renew(claim)
    assert claims.acquire("water", 10.0) is not None


def test_each_token_is_larger_than_all_before_it(claims):
    tokens = []
    for _ in range(3):
        claim = claims.acquire("water", 10.0)
        tokens.append(claim.token)
        claims.release(claim)
    assert tokens == sorted(set(tokens))


def test_one_that_was_released_already_can_not_release_its_successors(claims):
    first = claims.acquire("water", 10.0)
    claims.release(first)
    second = claims.acquire("water", 10.0)
    claims.release(first)
    assert claims.is_current(second)


def test_tokens_of_another_store_object_go_on_from_the_same_number(tmp_path):
    with ps.open(tmp_path) as store:
        first = store._claims.acquire("water", 10.0)
        store._claims.release(first)
    with ps.open(tmp_path) as store:
        assert store._claims.acquire("water", 10.0).token > first.token


def test_a_claim_is_taken_over_if_it_is_as_it_was_seen_to_be(catalog_claims):
    first = catalog_claims.acquire("water", 10.0)
    second = catalog_claims.acquire("water", 10.0, instead_of=catalog_claims.inspect("water"))
    assert second.token > first.token
    assert not catalog_claims.is_current(first)
    assert not catalog_claims.renew(first)
    catalog_claims.release(first)
    assert catalog_claims.is_current(second)


@pytest.mark.parametrize("what", ["renewed", "doubted", "taken over"])
def test_a_claim_is_not_taken_over_if_something_happened_since_it_was_seen(catalog_claims, what):
    claim = catalog_claims.acquire("water", 10.0)
    seen = catalog_claims.inspect("water")
    if what == "renewed":
        assert catalog_claims.renew(claim)
    elif what == "doubted":
        catalog_claims.doubt(seen)
    else:
        assert catalog_claims.acquire("water", 10.0, instead_of=seen)
    assert catalog_claims.acquire("water", 10.0, instead_of=seen) is None


def test_a_sign_of_life_clears_a_doubt_and_prevents_one_that_is_late(catalog_claims):
    claim = catalog_claims.acquire("water", 10.0)
    seen = catalog_claims.inspect("water")
    catalog_claims.doubt(seen)
    assert catalog_claims.inspect("water").is_doubted
    catalog_claims.renew(claim)
    assert not catalog_claims.inspect("water").is_doubted
    catalog_claims.doubt(seen)
    assert not catalog_claims.inspect("water").is_doubted


def test_claims_of_a_closed_store_can_not_be_used(tmp_path):
    store = ps.open(tmp_path)
    claims = store._claims
    claim = claims.acquire("water", 10.0)
    store.close()
    for use in (lambda: claims.inspect("water"), lambda: claims.renew(claim)):
        with pytest.raises(StoreClosedError):
            use()


def test_a_heart_beats_several_times_within_the_expiry_and_stops_with_the_block(catalog_claims):
    claim = catalog_claims.acquire("water", 0.3)
    with Heartbeat(catalog_claims, claim):
        wait_until(lambda: catalog_claims.inspect("water").beats >= 3, 10)
    beats = catalog_claims.inspect("water").beats
    assert not [one for one in threading.enumerate() if one.name.startswith("claim ")]
    assert catalog_claims.inspect("water").beats == beats


def test_a_heart_stops_when_the_claim_is_taken_over_or_the_store_is_closed(tmp_path):
    def hearts() -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one.name.startswith("claim ")]

    with ps.open(tmp_path) as store:
        claim = store._claims.acquire("water", 0.1)
        with Heartbeat(store._claims, claim):
            taken = None
            while taken is None:
                seen = store._claims.inspect("water")
                taken = store._claims.acquire("water", 0.1, instead_of=seen)
            wait_until(lambda: not hearts(), 10)
        with Heartbeat(store._claims, taken):
            assert hearts()
            store.close()
            wait_until(lambda: not hearts(), 10)


HOLDING = Holding(Claim("water", 1, 10.0, datetime.now(UTC)), Owner.here())


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_holder_is_doubted_after_half_the_expiry_and_dead_after_as_long_again():
    clock = Clock()
    watch = Watch(clock)
    assert watch.look(HOLDING) is Sign.ALIVE
    clock.now += 4.9
    assert watch.look(HOLDING) is Sign.ALIVE
    clock.now += 0.2
    assert watch.look(HOLDING) is Sign.DOUBTFUL
    doubted = replace(HOLDING, is_doubted=True)
    assert watch.look(doubted) is Sign.ALIVE
    clock.now += 5.1
    assert watch.look(doubted) is Sign.DEAD


def test_a_holder_that_gives_signs_of_life_stays_alive():
    clock = Clock()
    watch = Watch(clock)
    for beats in range(20):
        clock.now += 4.0
        assert watch.look(replace(HOLDING, beats=beats)) is Sign.ALIVE


def test_a_successor_is_judged_from_when_it_was_first_seen():
    clock = Clock()
    watch = Watch(clock)
    watch.look(HOLDING)
    clock.now += 20.0
    successor = replace(HOLDING, claim=replace(HOLDING.claim, token=2))
    assert watch.look(successor) is Sign.ALIVE


def test_the_times_that_holders_write_decide_nothing():
    clock = Clock()
    long_ago = replace(
        HOLDING, claim=replace(HOLDING.claim, since=datetime(1970, 1, 1, tzinfo=UTC))
    )
    assert Watch(clock).look(long_ago) is Sign.ALIVE


TELL_THE_OWNER = """
import dataclasses, json
from propstore.sharing.owner import Owner
print(json.dumps(dataclasses.asdict(Owner.here())), flush=True)
input()
"""


def test_an_owner_is_there_while_its_process_is_and_gone_afterwards():
    process = subprocess.Popen(
        [sys.executable, "-c", TELL_THE_OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    owner = Owner(**json.loads(process.stdout.readline()))
    assert owner.process == process.pid
    assert not owner.is_gone()
    process.communicate("\n")
    assert owner.is_gone()


@pytest.mark.parametrize(
    "change", [{"machine": None}, {"started": None}, {"machine": "another boot pid:[1]"}]
)
def test_of_a_process_elsewhere_nobody_can_say_that_it_is_gone(change):
    gone = replace(Owner.here(), process=2**22 + 1)  # above what Linux counts to
    assert gone.is_gone()
    assert not replace(gone, **change).is_gone()


def test_a_later_process_of_the_same_number_is_not_taken_for_the_owner():
    assert not Owner.here().is_gone()
    assert replace(Owner.here(), started="1").is_gone()


def test_a_process_of_another_user_is_taken_to_be_there(monkeypatch):
    def refuse(process: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert not replace(Owner.here(), started="1").is_gone()


def test_who_looked_before_the_bell_rang_does_not_wait_for_it():
    bell = Bell()
    rings = bell.rings
    bell.ring()
    done = threading.Thread(target=bell.wait, args=(rings, 60.0))
    done.start()
    done.join(10)
    assert not done.is_alive()


def test_claims_that_threads_of_the_parent_hold_are_free_in_a_forked_child():
    claims = ProcessClaims()
    claims.acquire("water", 10.0)
    child = os.fork()
    if child == 0:
        os._exit(0 if claims.acquire("water", 10.0) is not None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

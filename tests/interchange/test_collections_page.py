from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs_blocks import run_page


def test_the_page_on_collections_runs_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_page("collections.md", tmp_path)["store"].close()
    assert "2 added, 0 present already, 0 conflicts" in capsys.readouterr().out

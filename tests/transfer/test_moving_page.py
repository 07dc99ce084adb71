from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs_blocks import run_page


def test_the_page_on_moving_between_stores_runs_as_it_stands(tmp_path: Path, capsys):
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    run_page("moving.md", tmp_path)
    assert capsys.readouterr().out.splitlines() == [
        "2 added, 0 present already, 0 replaced, 0 in conflict",
        "0 added, 2 present already, 0 replaced, 0 in conflict",
        "tag by 'A', in the other 'B'",
        "1",
        "different tag by 'A', in the other 'B'",
        "[785.1, 786.6, 914.0]",
    ]

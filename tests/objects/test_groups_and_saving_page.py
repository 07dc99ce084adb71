from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs_blocks import run_page


def test_the_page_on_groups_and_saving_runs_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    namespace = run_page("groups-and-saving.md", tmp_path)
    assert namespace["forces"].shape == (2, 3)
    assert "author = 'Marie'" in capsys.readouterr().out

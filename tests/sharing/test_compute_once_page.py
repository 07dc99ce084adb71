from __future__ import annotations

from pathlib import Path

from tests.docs_blocks import run_page


def test_the_page_on_computing_once_runs_as_it_stands(tmp_path: Path, capsys):
    namespace = run_page("compute-once.md", tmp_path)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == printed[1]
    assert printed[0].startswith("785.1")
    assert printed[2] == "20 requests: 0 found, 20 computed, 0 failed"
    assert printed[3] == "so far: 0.4 kg/m**3"
    assert any(line.endswith("pressure 1.01325 bar, asked 1.0 bar") for line in printed)
    assert any(line.endswith("phase liquid, asked gas") for line in printed)
    namespace["store"].close()

from __future__ import annotations

from pathlib import Path

from tests.docs_blocks import run_page


def test_the_page_on_staging_runs_as_it_stands(tmp_path: Path) -> None:
    files = {"scratch/trajectory.dcd": b"frame" * 100, "scratch/results.json": b"{}"}
    namespace = run_page("staging.md", tmp_path, files)
    assert namespace["trajectory_data"] == b"frame" * 100
    assert namespace["results_json"] == b"{}"
    assert namespace["first_frame"] == b"frame" * 20

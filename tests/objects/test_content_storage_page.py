from __future__ import annotations

from pathlib import Path

from tests.docs_blocks import run_page


def test_the_page_on_content_runs_as_it_stands(tmp_path: Path) -> None:
    namespace = run_page("content-storage.md", tmp_path)
    assert namespace["found"].record.content_type == "application/x-npy"
    namespace["store"].close()

"""The examples of the guide run as they stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs_blocks import run_page


@pytest.mark.parametrize("page", ["quickstart", "records", "queries", "backends"])
def test_the_examples_of_a_page_run(page: str, tmp_path: Path):
    run_page(f"{page}.md", tmp_path, {})

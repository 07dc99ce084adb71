"""The examples of the page about testing are tests that pass."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.docs_blocks import DOCS, python_blocks


def test_the_examples_of_the_page_pass(tmp_path):
    (tmp_path / "test_page.py").write_text("\n".join(python_blocks(DOCS / "testing.md")))
    result = subprocess.run(
        [sys.executable, "-m", "pytest", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(DOCS.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "10 passed" in result.stdout, result.stdout + result.stderr
    assert "failed" not in result.stdout

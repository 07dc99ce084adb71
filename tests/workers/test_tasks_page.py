from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.docs_blocks import run_page

pytest.importorskip("dask.array", reason="the page shows dask")
pytest.importorskip("zarr", reason="the page shows dask arrays, which are kept with zarr")


def test_the_page_on_tasks_runs_as_it_stands(tmp_path: Path) -> None:
    namespace = run_page("tasks.md", tmp_path)
    assert namespace["all_tasks"] == ["node1"]


def test_the_example_of_tasks_computes_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "tasks.py"))
    example["main"](str(tmp_path))
    first, second, third, dask = capsys.readouterr().out.split(":\n")[1:]
    assert "reading" in first
    assert second.splitlines()[0].strip().startswith("spread")
    assert "reading" in third
    assert first.splitlines()[-2] == dask.splitlines()[-1]

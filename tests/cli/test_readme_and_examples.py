"""What the README and the examples show works as they show it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs_blocks import python_blocks

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def run_python(*arguments: str, environment: dict[str, str]) -> str:
    result = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_the_example_of_the_readme_runs(environment: dict[str, str]) -> None:
    (example,) = python_blocks(ROOT / "README.md")
    output = run_python("-c", example, environment=environment)
    assert re.fullmatch(r"[0-9a-f]{32} 997\.05 kg/m\*\*3 me\n", output)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_a_link_of_the_readme_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_the_readme_has_the_short_table_of_the_results() -> None:
    results = (ROOT / "benchmarks" / "results" / "short.md").read_text(encoding="utf-8")
    table = results[results.index("| |") : results.index("![")].strip()
    assert table.count("\n") > 8
    assert table in README


@pytest.mark.parametrize(
    ("name", "last_line"),
    [
        ("store_and_query", "Density of 0.2 CCO + 0.8 O: 1 record"),
        ("own_record_type", "InfraredSpectrum.resolution: 2.0 nm is length"),
        ("workers", "CCO        353.0 K  1.077 bar"),
        ("tasks", "  spread: 0.000707 nm"),
        ("table_to_pandas", "O            4 densities, expansion 0.34e-3 / K"),
    ],
)
def test_an_example_runs(environment: dict[str, str], name: str, last_line: str) -> None:
    output = run_python(str(ROOT / "examples" / f"{name}.py"), environment=environment)
    assert output.splitlines()[-1].startswith(last_line)


def test_every_example_is_tried() -> None:
    tried = {"store_and_query", "own_record_type", "workers", "tasks", "table_to_pandas"}
    assert {path.stem for path in (ROOT / "examples").glob("*.py")} == tried

"""The pages about upkeep say what is so."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.docs_blocks import DOCS, run_page

TESTS = Path(__file__).parents[1]
NAMED = re.compile(r"`(?P<file>[a-z_/]+\.py)::(?P<test>test_[a-z0-9_]+)`")
VARIABLE = re.compile(r"`(PROPSTORE_[A-Z_]+)=")


def test_the_examples_of_the_page_run(tmp_path):
    run_page("upkeep.md", tmp_path)


def test_every_test_that_the_guarantees_name_exists():
    named = NAMED.findall((DOCS / "guarantees.md").read_text(encoding="utf-8"))
    assert len(named) > 30
    missing = [f"{file}::{test}" for file, test in named if test not in names_in(TESTS / file)]
    assert missing == []


def test_every_promise_names_a_test():
    text, _, _ = (DOCS / "guarantees.md").read_text(encoding="utf-8").partition("## How much")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith(("| ---", "| promise", "| failure"))]
    assert len(promises) > 25
    assert [row for row in promises if not NAMED.search(row)] == []


def test_every_variable_that_the_guarantees_name_is_read_by_a_test():
    text = (DOCS / "guarantees.md").read_text(encoding="utf-8")
    programs = "".join(path.read_text() for path in (TESTS / "upkeep").glob("test_*.py"))
    assert [name for name in VARIABLE.findall(text) if f'"{name}"' not in programs] == []


def names_in(path: Path) -> set[str]:
    """Give the names of the tests in a file, which need not be imported for that."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

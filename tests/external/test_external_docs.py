from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "external-storage.md"


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(examples) > 5
    namespace: dict[str, Any] = {}
    for example in examples:
        exec(example, namespace)  # noqa: S102 - our own
    assert namespace["loaded_data"] == b"Hello, World!"
    assert namespace["count"] == 3
    assert not namespace["storage"].exists("nonexistent_file.txt")

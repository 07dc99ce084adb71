"""``propstore gc``: what it removes, what it leaves, and what it tells."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import propstore as ps
from propstore.cli.ages import age
from tests.cli.sample_store import Run
from tests.samples import box, box_files

NOW = ("--litter-older-than", "0")


@pytest.fixture
def replaced(store: Path, folder: Path) -> str:
    """Give the key of a record that took the place of another."""
    with ps.open(store) as opened:
        opened.store_object(box(2.0), box_files(folder / "old", "OLD"))
        return opened.store_object(box(1.0), box_files(folder / "new", "NEW"))


def files_of_records(store: Path) -> list[Path]:
    """List all that is in a store but SQLite's own files."""
    return sorted(path for path in store.rglob("*") if not path.name.startswith("catalog."))


def litter(store: Path) -> list[Path]:
    """Leave what killed writers leave."""
    staged = store / "staging" / "0123456789abcdef"
    box_files(staged, "HALF")
    temporary = store / ".propstore-tmp" / ".0123.tmp"
    temporary.parent.mkdir(exist_ok=True)
    temporary.write_bytes(b"half")
    return [staged, temporary]


def test_a_store_with_nothing_to_collect_is_left_as_it_is(run: Run, store: Path) -> None:
    assert run("gc").stdout == "There is nothing to collect.\n"


def test_a_dry_run_tells_what_would_go_and_removes_nothing(
    run: Run, store: Path, replaced: str
) -> None:
    left = litter(store)
    before = files_of_records(store)
    result = run("gc", "--dry-run", "--older-than", "0", *NOW)
    past, *unfinished, summary = result.stdout.splitlines()
    assert past.startswith(f"past generation 0 of {replaced} (")
    assert past.endswith("): would be removed")
    assert len(unfinished) == 2
    assert all(line.startswith("unfinished writing in ") for line in unfinished)
    assert summary.startswith("3 would be removed (")
    assert files_of_records(store) == before
    assert all(path.exists() for path in left)


def test_a_dry_run_works_on_a_store_that_can_not_be_written(
    run: Run, store: Path, replaced: str
) -> None:
    store.chmod(0o555)
    try:
        assert "would be removed" in run("gc", "--dry-run", "--older-than", "0").stdout
    finally:
        store.chmod(0o755)


def test_what_killed_writers_left_is_removed_and_past_generations_wait_for_their_age(
    run: Run, store: Path, replaced: str
) -> None:
    left = litter(store)
    result = run("gc", *NOW)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 3)
    assert not any(path.exists() for path in left)
    with ps.open(store) as opened:
        assert len(opened.history(replaced)) == 2


def test_what_may_still_be_written_to_stays(run: Run, store: Path) -> None:
    left = litter(store)
    assert run("gc").stdout == "There is nothing to collect.\n"
    assert all(path.exists() for path in left)


def test_generations_past_the_age_are_removed_with_their_files(
    run: Run, store: Path, replaced: str
) -> None:
    with ps.open(store) as opened:
        before = opened.history(replaced)[0].path
    assert run("gc", "--older-than", "0").stdout.splitlines()[-1].startswith("1 removed (")
    with ps.open(store) as opened:
        assert [one.number for one in opened.history(replaced)] == [1]
    assert not before.exists()
    assert run("verify").exit_code == 0


def test_what_is_pinned_stays_and_is_told(run: Run, store: Path, replaced: str) -> None:
    with ps.open(store) as opened, opened.pin(replaced, 0) as match:
        result = run("gc", "--older-than", "0")
        assert (match.path / "box.pdb").read_text() == "OLD"
    assert "kept, since it is being read" in result.stdout


def test_a_link_that_leads_out_is_told_and_the_rest_is_collected(
    run: Run, store: Path, replaced: str, folder: Path
) -> None:
    (folder / "outside").mkdir()
    shutil.rmtree(store / ".propstore-tmp", ignore_errors=True)
    (store / ".propstore-tmp").symlink_to(folder / "outside")
    result = run("gc", "--older-than", "0", *NOW)
    assert result.exit_code == 1
    past, link, summary = result.stdout.splitlines()
    assert past.endswith(": removed")
    sentence = "left, since a link leads from there out of the store"
    assert link == f"unfinished writing in .propstore-tmp: {sentence}"
    assert summary.endswith(f"; 1 {sentence} (0 B)")


HOLDER = """
import signal, sys
import propstore as ps

with ps.open(sys.argv[1]) as store:
    store._claims.acquire("0123", 600.0)
    print(flush=True)
    signal.pause()
"""


def holder(store: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_claim_that_stands_protects_itself_and_what_was_written_since(
    run: Run, store: Path
) -> None:
    with holder(store) as process:
        box_files(store / "staging" / "0123456789abcdef", "HALF")
        assert run("gc", *NOW).stdout == "There is nothing to collect.\n"
        process.send_signal(signal.SIGKILL)


def test_the_claim_of_a_process_that_was_killed_is_removed(run: Run, store: Path) -> None:
    with holder(store) as process:
        process.send_signal(signal.SIGKILL)
    claim, _ = run("gc").stdout.splitlines()
    assert claim.startswith(f"claim of process {process.pid} (MainThread) on ")
    assert claim.endswith("which has ended: removed")
    assert run("gc").stdout == "There is nothing to collect.\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", timedelta(0)),
        ("90min", timedelta(minutes=90)),
        ("12h", timedelta(hours=12)),
        ("1.5 d", timedelta(hours=36)),
        ("2W", timedelta(weeks=2)),
    ],
)
def test_an_age_is_a_number_and_a_unit(text: str, expected: timedelta) -> None:
    assert age(text) == expected


@pytest.mark.parametrize("text", ["30", "-1d", "3 years", "", "d", "1e3d", "9999999d"])
def test_what_is_no_age_is_not_understood(run: Run, store: Path, text: str) -> None:
    result = run("gc", "--older-than", text)
    assert result.exit_code == 2
    assert "is not an age" in " ".join(result.stderr.replace("│", " ").split())

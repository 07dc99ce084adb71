"""The command as a process: pipes, terminals, signals, and what it costs to start."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import propstore as ps
from tests.cli.sample_store import Run, ethanol

CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SLOW_IMPORTS = [
    *("pandas", "netCDF4", "xarray", "numpy", "rdkit", "pint", "CoolProp", "obstore", "rich")
]


@pytest.fixture(scope="module")
def large_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store that has more to tell than a pipe holds."""
    place = tmp_path_factory.mktemp("large") / "store"
    with ps.open(place) as opened, opened.batch():
        for number in range(1500):
            opened.store_object(ethanol(f"{200 + number / 10} K"))
    return place


def on_a_terminal(words: list[str], environment: dict[str, str], columns: int) -> str:
    """Run a program on a terminal of its own, and give what is seen there in the end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 100, columns, 0, 0))
    with subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env={**environment, "TERM": "xterm"}
    ) as process:
        os.close(theirs)
        output = all_that_is_shown(ours)
        assert process.wait(timeout=30) == 0
    os.close(ours)
    lines = output.decode().replace("\r\n", "\n").split("\r")
    return CONTROL_SEQUENCE.sub("", lines[-1])


def all_that_is_shown(terminal: int) -> bytes:
    """Read a terminal until its last program has ended."""
    shown = b""
    # Reading the end of a terminal without a process is an error on Linux.
    with contextlib.suppress(OSError):
        while chunk := os.read(terminal, 65536):
            shown += chunk
    return shown


@pytest.mark.parametrize(
    "arguments", [["ls", "--limit", "1500"], ["ls", "--json"], ["export", "-"]]
)
def test_a_pipe_that_is_closed_early_is_no_error(
    command: list[str], environment: dict[str, str], large_store: Path, arguments: list[str]
) -> None:
    with subprocess.Popen(
        [*command, *arguments, "--store", str(large_store)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [(["--version"], 0), (["ls", "--store", "nowhere"], 1), (["frobnicate"], 2), (["show"], 2)],
)
def test_the_exit_code_tells_a_failure_from_a_command_that_is_not_understood(
    run_process: Run, arguments: list[str], exit_code: int
) -> None:
    result = run_process(*arguments)
    assert result.returncode == exit_code
    assert "Traceback" not in result.stderr


def test_the_version_is_that_of_the_package(run_process: Run) -> None:
    assert run_process("--version").stdout == f"propstore {ps.__version__}\n"


def test_help_comes_without_what_is_slow_to_import(environment: dict[str, str]) -> None:
    program = (
        "import sys\n"
        "from propstore.cli import main\n"
        "sys.argv = ['propstore', '--help']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        f"    print([name for name in {SLOW_IMPORTS} if name in sys.modules])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=True,
    )
    *help_text, imported = result.stdout.splitlines()
    assert imported == "[]"
    names = ["init", "info", "import", "ls", "show", "rm", "export", "history", "revert"]
    for name in [*names, "verify", "repair", "gc", "backup", "restore", "demo"]:
        assert any(line.split()[:1] == [name] for line in help_text)


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("arguments", [["ls"], ["info"], ["show"]])
def test_on_a_terminal_no_line_is_longer_than_the_terminal_is_wide(
    command: list[str],
    environment: dict[str, str],
    large_store: Path,
    arguments: list[str],
    columns: int,
) -> None:
    with ps.open(large_store, read_only=True) as opened:
        key = opened.keys()[0]
    shown = on_a_terminal(
        [*command, *arguments, *([key] if arguments == ["show"] else []), "-s", str(large_store)],
        environment,
        columns,
    )
    assert key[:6] in shown or arguments == ["info"]
    assert 40 < max(map(len, shown.splitlines())) <= columns


@pytest.mark.parametrize(("answer", "left", "exit_code"), [("y", 6, 0), ("n", 7, 1)])
def test_rm_asks_on_a_terminal(
    command: list[str],
    environment: dict[str, str],
    store: Path,
    answer: str,
    left: int,
    exit_code: int,
) -> None:
    with ps.open(store, read_only=True) as opened:
        key = opened.keys()[0]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "rm", key],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        os.write(ours, f"{answer}\n".encode())
        output, errors = process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == exit_code
    assert f"Remove {key} with all files?" in output
    assert ("nothing was removed" in errors) == (answer == "n")
    with ps.open(store, read_only=True) as opened:
        assert len(opened) == left


def test_progress_is_shown_to_a_terminal_and_kept_out_of_the_output(
    command: list[str], environment: dict[str, str], large_store: Path
) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "export", "-", "--store", str(large_store)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**environment, "TERM": "xterm"},
    ) as process:
        os.close(theirs)
        with ThreadPoolExecutor(1) as reader:  # a terminal that nobody reads is soon full
            everything = reader.submit(all_that_is_shown, ours)
            output, _ = process.communicate(timeout=60)
            shown = everything.result(timeout=60)
    os.close(ours)
    assert process.returncode == 0
    assert b"exporting" in shown
    assert b"1500/1500" in shown
    assert output.startswith(b"Id,Temperature (K)")
    assert len(output.splitlines()) == 1501


def test_ctrl_c_ends_the_command_with_one_line(
    command: list[str], environment: dict[str, str]
) -> None:
    """An import waits for its table, which is a pipe that nobody writes to."""
    os.mkfifo("table.csv")
    with (
        subprocess.Popen(
            [*command, "import", "table.csv"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        ) as process,
        Path("table.csv").open("w"),
    ):  # opens as soon as the import reads
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "propstore: interrupted.\n")

"""The git checkout that a module lies in."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["Checkout", "checkout_of"]

_INSTALLED = {"site-packages", "dist-packages"}
_PATIENCE = 10.0  # seconds
_OF_A_HOOK = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}  # which may be of another checkout


class Checkout(NamedTuple):
    """The state of a checkout.

    Parameters
    ----------
    commit : str
        The commit that is checked out.
    is_dirty : bool
        Whether files that git knows are changed, or the file itself is none of them.
    """

    commit: str
    is_dirty: bool


def checkout_of(file: str) -> Checkout | None:
    """Give the checkout that a file lies in, as it was when this process first asked.

    Parameters
    ----------
    file : str
        A file. What is installed lies in no checkout, though its environment may.

    Returns
    -------
    Checkout or None
        None if it lies in none, or git can't tell.
    """
    path = Path(file).resolve()
    if _INSTALLED.intersection(path.parts):
        return None
    root = next((folder for folder in path.parents if (folder / ".git").exists()), None)
    state = None if root is None else _state_of(root)
    if root is None or state is None or state.is_dirty:
        return state
    return Checkout(state.commit, is_dirty=not _is_known(root, path))


@cache
def _state_of(root: Path) -> Checkout | None:
    commit = _ask_git(root, "rev-parse", "--verify", "HEAD")
    changes = _ask_git(root, "status", "--porcelain", "--untracked-files=no")
    return None if commit is None or changes is None else Checkout(commit, bool(changes))


@cache
def _is_known(root: Path, file: Path) -> bool:
    return _ask_git(root, "ls-files", "--error-unmatch", "--", str(file)) is not None


def _ask_git(root: Path, *arguments: str) -> str | None:
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    environment["GIT_OPTIONAL_LOCKS"] = "0"  # to look changes nothing
    try:
        answer = subprocess.run(
            ["git", "-C", str(root), *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            env=environment,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()

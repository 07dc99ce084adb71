"""What saved an object is compared with what there is, before anything is made."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from propstore.errors import VersionMismatchError
from propstore.objects import ClassVersion, browse, load, save
from propstore.objects.saving import class_version
from propstore.objects.saving.checkout import checkout_of

Laboratory = Callable[..., type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "saved"


@pytest.fixture
def laboratory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laboratory]:
    """Give what writes and imports a package of some version, and gives its class."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def make(version: str, field: str = "value") -> type:
        source = f"""
            from dataclasses import dataclass
            __version__ = {version!r}
            @dataclass
            class Run:
                {field}: int
        """
        (tmp_path / "laboratory.py").write_text(textwrap.dedent(source))
        sys.modules.pop("laboratory", None)
        class_version._version_of.cache_clear()
        import linecache

        linecache.clearcache()
        return __import__("laboratory").Run  # type: ignore[no-any-return]

    yield make
    sys.modules.pop("laboratory", None)


@pytest.mark.parametrize("backend", ["json", "netcdf", "pickle"])
@pytest.mark.parametrize(
    ("current", "passing"),
    [
        ("1.2.3", {"exact", "patch", "minor", "major", "ignore"}),
        ("1.2.3.dev1", {"patch", "minor", "major", "ignore"}),
        ("1.2.4", {"minor", "major", "ignore"}),
        ("1.3", {"major", "ignore"}),
        ("2.0.0", {"ignore"}),
    ],
)
def test_a_policy_says_how_far_versions_may_differ(
    path: Path, laboratory: Laboratory, backend: Any, current: str, passing: set[str]
) -> None:
    save([laboratory("1.2.3")(5)], path, backend)
    classes = [laboratory(current)]
    for policy in ("exact", "patch", "minor", "major", "ignore"):
        options: dict[str, Any] = {"versions": policy, "classes": classes, "allow_pickle": True}
        if policy in passing:
            assert load(path, **options)[0].value == 5
        else:
            with pytest.raises(VersionMismatchError):
                load(path, **options)


def test_the_error_shows_stored_and_current_side_by_side(
    path: Path, laboratory: Laboratory
) -> None:
    save([laboratory("1.2.3")(5)], path)
    with pytest.raises(VersionMismatchError) as caught:
        load(path, versions="patch", classes=[laboratory("2.0.0")])
    lines = [line.split() for line in str(caught.value).splitlines()]
    assert lines[1] == ["laboratory.Run", "stored", "current"]
    assert lines[2] == ["version", "1.2.3", "2.0.0"]
    assert "versions='patch'" in str(caught.value)


def test_exact_sees_another_source_under_the_same_version(
    path: Path, laboratory: Laboratory
) -> None:
    save([laboratory("1.2.3")(5)], path)
    changed = laboratory("1.2.3", "other")
    with pytest.raises(VersionMismatchError, match="source"):
        load(path, versions="exact", classes=[changed])


def test_a_callable_decides(path: Path, laboratory: Laboratory) -> None:
    save([laboratory("1.2.3")(5)], path)
    asked: list[tuple[str | None, str | None]] = []

    def decide(stored: ClassVersion, current: ClassVersion) -> bool:
        asked.append((stored.version, current.version))
        return len(asked) > 1

    classes = [laboratory("1.3.0")]
    with pytest.raises(VersionMismatchError, match="the given policy"):
        load(path, versions=decide, classes=classes)
    assert load(path, versions=decide, classes=classes)[0].value == 5
    assert asked == [("1.2.3", "1.3.0")] * 2


@pytest.mark.parametrize("backend", ["json", "pickle"])
def test_versions_are_checked_before_anything_is_built(
    path: Path, laboratory: Laboratory, backend: Any
) -> None:
    save([laboratory("1.0")(5)], path, backend)
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"value":5', b'"value":x').replace(b"value\x94K\x05", b""))
    with pytest.raises(VersionMismatchError):
        load(path, classes=[laboratory("2.0")], allow_pickle=True)


@pytest.mark.parametrize("policy", ["mnior", "", None, 3])
def test_a_misspelt_policy_is_an_error_at_once(path: Path, policy: Any) -> None:
    with pytest.raises(ValueError, match="'exact', 'patch', 'minor', 'major', 'ignore'"):
        load(path / "is not even there", versions=policy)


def test_a_pickle_minds_the_version_of_python_and_json_does_not(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(class_version.platform, "python_version", lambda: "3.5.0")
        class_version._version_of.cache_clear()
        save([5], path.with_suffix(".pickle"), "pickle")
        save([5], path)
    class_version._version_of.cache_clear()
    assert load(path) == [5]
    with pytest.raises(VersionMismatchError, match=r"python +3\.5\.0"):
        load(path, versions="exact")
    with pytest.raises(VersionMismatchError, match=r"python +3\.5\.0"):
        load(path.with_suffix(".pickle"), allow_pickle=True)


def test_an_installed_library_lies_in_no_checkout() -> None:
    assert checkout_of(pytest.__file__) is None


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a module, which git doesn't know yet."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "lab_of_git.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Run:\n    value: int\n"
    )
    return folder


def git(checkout: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    command = ["git", "-C", str(checkout), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(checkout: Path) -> str:
    git(checkout, "init", "--quiet")
    git(checkout, "add", "lab_of_git.py")
    git(checkout, "commit", "--quiet", "-m", "x")
    return git(checkout, "rev-parse", "HEAD")


def saved_from(checkout: Path, **environment: str) -> ClassVersion:
    """Have another process save an instance of the class in the module; give what it noted."""
    filename = checkout.with_name("saved")
    script = (
        f"import sys; sys.path.insert(0, {str(checkout)!r})\n"
        "from lab_of_git import Run; from propstore.objects import save\n"
        f"save([Run(5)], {str(filename)!r})"
    )
    command = [sys.executable, "-B", "-c", script]
    subprocess.run(command, check=True, env={**os.environ, **environment})
    return browse(filename).classes[0]


def test_the_source_is_stored_and_no_commit_where_there_is_none(checkout: Path) -> None:
    stored = saved_from(checkout)
    assert (stored.commit, stored.is_dirty) == (None, None)
    assert stored.source is not None
    assert len(stored.source) == 64


def test_the_commit_is_stored_and_whether_files_were_changed(checkout: Path) -> None:
    head = commit(checkout)
    stored = saved_from(checkout)
    assert (stored.commit, stored.is_dirty) == (head, False)
    with (checkout / "lab_of_git.py").open("a") as stream:
        stream.write("# changed\n")
    stored = saved_from(checkout)
    assert (stored.commit, stored.is_dirty) == (head, True)


def test_a_module_that_is_not_in_the_commit_is_a_change(checkout: Path) -> None:
    commit(checkout)
    git(checkout, "rm", "--quiet", "--cached", "lab_of_git.py")
    git(checkout, "commit", "--quiet", "--allow-empty", "-m", "without the module")
    assert saved_from(checkout).is_dirty is True


def test_the_checkout_of_a_git_hook_is_not_taken_for_that_of_the_module(checkout: Path) -> None:
    head = commit(checkout)
    stored = saved_from(checkout, GIT_DIR=str(checkout.parent))
    assert (stored.commit, stored.is_dirty) == (head, False)

"""What a catalog in TinyDB holds, against plain lists, through random changes that are undone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from propstore.backends.tinydb_contents import Contents

KEYS = ["ka", "kb", "kc", "kd"]
IDENTITIES = [None, "i", "j"]

changes = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(KEYS), st.sampled_from(IDENTITIES)),
        st.tuples(st.just("remove"), st.sampled_from(KEYS), st.none()),
    ),
    max_size=12,
)


def fields(key: str, identity: str | None, generation: int) -> dict[str, object]:
    return {
        "key": key,
        "generation": generation,
        "identity": identity,
        "files": None,
        "document": {},
    }


def make(contents: Contents, made: list[tuple[str, str, str | None]]) -> None:
    for kind, key, identity in made:
        if kind == "put":
            stored = contents.rows.get(key)
            generation = 0 if stored is None else stored.generation + 1
            contents.put(fields(key, identity, generation), "2026-01-01T00:00:00+00:00")
        elif key in contents.rows:
            contents.remove(key)


def standing(made: list[tuple[str, str, str | None]]) -> dict[str, list[str | None]]:
    """Give the identities of each key's generations, in plain Python."""
    plain: dict[str, list[str | None]] = {}
    for kind, key, identity in made:
        if kind == "put":
            plain.setdefault(key, []).append(identity)
        else:
            plain.pop(key, None)
    return plain


def check(contents: Contents, plain: dict[str, list[str | None]]) -> None:
    assert list(contents.rows) == list(plain)
    numbers = [row.number for row in contents.rows.values()]
    assert numbers == sorted(set(numbers))
    for key, identities in plain.items():
        generations = [*contents.former(key), contents.rows[key]]
        assert [row.identity for row in generations] == identities
    for identity in IDENTITIES[1:]:
        holders = {key for key, identities in plain.items() if identities[-1] == identity}
        found = contents.find_identity(identity)
        assert found in holders if holders else found is None


@settings(max_examples=50, deadline=None)
@given(before=changes, undone=changes, after=changes)
def test_what_is_undone_was_never_there(before, undone, after):
    contents = Contents()
    make(contents, before)
    mark = contents.mark()
    make(contents, undone)
    check(contents, standing(before + undone))
    contents.undo(mark)
    check(contents, standing(before))
    make(contents, after)
    check(contents, standing(before + after))


@settings(max_examples=50, deadline=None)
@given(before=changes, inner=changes)
def test_all_can_be_undone_after_a_part_was(before, inner):
    contents = Contents()
    make(contents, before)
    mark = contents.mark()
    make(contents, inner)
    contents.undo(mark)
    contents.undo(0)
    check(contents, {})


@settings(max_examples=50, deadline=None)
@given(before=changes, inner=changes)
def test_a_copy_is_of_its_own(before, inner):
    contents = Contents()
    make(contents, before)
    make(contents.copy(), inner)
    check(contents, standing(before))

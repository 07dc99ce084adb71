"""Documents are read as the records that they are, or as unknown ones, or are refused."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import propstore as ps
from propstore.errors import CorruptRecordError
from propstore.model import Provenance, load_document
from tests.model.strategies import json_values, names, thorough


class Note(ps.StoredData, type_name="tests.read_note@v1"):
    text: str = ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "it has no 'type'"),
        ('{"type":5}', "5 is not the name of a record type"),
        ('{"type":"x"}', "'x' is not the name of a record type"),
        ('{"type":"tests.read_note@v0"}', "'tests.read_note@v0' is not the name of a record type"),
        ("[]", "but a JSON list"),
        ("", "Expecting value"),
        ('{"type":"tests.read_note@v1",}', "not the document of a record"),
        ('{"type":"tests.read_note@v1"}x', "Extra data"),
        (
            '{"type":"tests.read_note@v1","text":5}',
            "a tests.read_note@v1 is not valid: Note.text",
        ),
        ('{"type":"tests.read_note@v1","new":5}', "Note.new: there is no such field"),
        ('{"type":"tests.read_note@v1","type":"tests.box@v1"}', "'type' is given more than once"),
        ('{"type":"tests.read_note@v1","text":"\\ud800"}', "surrogates not allowed"),
        ('{"type":"tests.read_note@v1","tags":{"a":5}}', "the tag 'a' has 5"),
        ('{"type":"tests.unknown@v1","tags":5}', "tags are a dictionary of strings, not 5"),
        ('{"type":"tests.unknown@v1","provenance":5}', "UnknownData.provenance"),
    ],
)
def test_what_is_not_a_document_is_refused(text, words):
    with pytest.raises(CorruptRecordError, match=words):
        load_document(text)


def test_the_complaint_about_a_large_document_is_short():
    text = f'{{"type":"tests.read_note@v1","text":{["x" * 100] * 100_000}}}'.replace("'", '"')

    with pytest.raises(CorruptRecordError) as caught:
        load_document(text)

    assert len(str(caught.value)) < 2000


def test_a_deeply_nested_document_is_refused():
    nested = "[" * 200_000 + "]" * 200_000

    with pytest.raises(CorruptRecordError, match="recursion"):
        load_document(f'{{"type":"tests.unknown@v1","value":{nested}}}')
    with pytest.raises(CorruptRecordError, match="recursion"):
        load_document(f'{{"type":"propstore.force_field_data@v1","settings":{{"a":{nested}}}}}')


UNKNOWN = (
    '{"type":"tests.unknown@v3","size":{"value":1.5,"unit":"nm"},"tags":{"a":"b"},"é":[null,1e-10],'
    '"provenance":{"time":"2026-01-31T12:00:00Z","user":"me","host":"here","propstore":"9"}}'
)


def test_a_document_of_an_unknown_type_comes_out_unchanged():
    record = load_document(UNKNOWN)

    assert type(record) is ps.UnknownData
    assert str(record.stored_type_name()) == "tests.unknown@v3"
    assert record.tags == {"a": "b"}
    assert record.provenance == Provenance(
        time=datetime(2026, 1, 31, 12, tzinfo=UTC), user="me", host="here", propstore="9"
    )
    assert json.loads(record.to_json()) == json.loads(UNKNOWN)
    assert load_document(record.to_json()) == record


def test_a_document_of_a_newer_version_comes_out_unchanged():
    text = Note(text="é").to_json().replace("@v1", "@v2").replace('"text"', '"body"')
    record = load_document(text)

    assert type(record) is ps.UnknownData
    assert record.to_json() == text


def test_a_document_becomes_known_when_its_type_is_defined():
    text = '{"type":"tests.defined_later@v1","size":1.0}'
    assert type(load_document(text)) is ps.UnknownData

    class Later(ps.StoredData, type_name="tests.defined_later@v1"):
        size: float

    assert load_document(text) == Later(size=1.0)


def test_unknown_records_are_one_if_type_and_content_are():
    one = load_document('{"type":"tests.unknown@v1","size":1}')

    assert one == load_document('{"size":1.0,"type":"tests.unknown@v1","tags":{"a":"b"}}')
    assert one != load_document('{"type":"tests.other@v1","size":1}')
    assert one != load_document('{"type":"tests.unknown@v1","size":2}')
    assert one.identity() != load_document('{"type":"tests.other@v1","size":1}').identity()


def test_tags_of_an_unknown_record_are_written_anew():
    record = load_document(UNKNOWN).model_copy(update={"tags": {"project": "new"}})

    assert json.loads(record.to_json()) == {**json.loads(UNKNOWN), "tags": {"project": "new"}}


@thorough
@given(st.dictionaries(names.filter(lambda name: name not in ("tags", "provenance")), json_values))
def test_any_unknown_document_comes_out_unchanged(fields):
    document = {**fields, "type": "tests.unknown@v1"}
    record = load_document(json.dumps(document))

    assert json.loads(record.to_json()) == document
    assert load_document(record.to_json()) == record
    assert pickle.loads(pickle.dumps(record)) == record
